"""Templates of the kind infrastructure: their files are added to a project that is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kr8.domain.made_files import check_kind
from kr8.domain.problem import refuse
from kr8.domain.project import Project
from kr8.domain.source import Written, WrittenFile
from kr8.domain.template import Value
from kr8.domain.template_record import path_of
from kr8.operations.kr8.unmerged import bring
from kr8.operations.kr8.updates import generator_of, own, recorded
from kr8.ports.generated_files import GeneratedFiles
from kr8.ports.templates import Templates
from kr8.workflows.checkouts import Checkouts


class Added(NamedTuple):
    """A project, and what became of the files that a template adds to it."""

    project: Project
    origin: str
    files: tuple[WrittenFile, ...]

    def of(self, what: Written) -> tuple[str, ...]:
        """The files of which that became."""
        return tuple(each.path for each in self.files if each.written is what)


class Addition(NamedTuple):
    """Which template, by its name, is added to which project, and what it is given."""

    template: str
    root: Path
    project: str
    """The project's name, as the caller gives it."""
    values: Mapping[str, Value]
    here: Path | None
    """The project that the caller stands in, which may have templates of its own."""


async def add(addition: Addition, templates: Templates, checkouts: Checkouts, generated_files: GeneratedFiles) -> Added:
    """Write the files that are not there; the others are left as they are.

    Raises Refused: not_a_project, another_project, template_added, template_makes_project, and as `Templates.render`.
    """
    name, root = addition.template.rpartition("/")[2], addition.root
    project = await _project(addition, checkouts)
    recording = await checkouts.repositories.working(root, path_of(name))
    if recording is not None or await generated_files.there(root, generator_of(name)):
        raise refuse(
            "template_added",
            f"The template {name} was added to {root} already, and nothing was written.",
            why=f"{path_of(name)} says in which version, and .kr8/generated what was written.",
            mend=f"update_project with template={name!r} (kr8 template update {name}) brings it up to date. Where "
            "one of the records is lost, bring it back from Git.",
            field="template",
        )
    head = project.project
    given = {**own(dict(addition.values)), "name": head.name, "id": head.id, "description": head.description}
    rendering = await templates.render(addition.template, given, addition.here)
    check_kind(rendering.template, {file.path for file in rendering.files}, "infrastructure")
    written = await generated_files.write(root, generator_of(name), recorded(rendering, name))
    brought = await bring(root, rendering, frozenset(), checkouts, is_new=True)
    kept = (WrittenFile(path=path, written=Written.KEPT) for path in brought.left)
    return Added(project, rendering.template.origin, (*written, *brought.files, *kept))


async def _project(addition: Addition, checkouts: Checkouts) -> Project:
    """The project there, as its kr8.toml says now. Raises Refused."""
    content = await checkouts.repositories.working(addition.root, "kr8.toml")
    if content is None:
        raise refuse(
            "not_a_project",
            f"The template {addition.template} adds to a project, and {addition.root} is none.",
            why="It is of the kind infrastructure: it makes no kr8.toml.",
            mend="Make the project first, with a template of the kind project; then add this one to its directory.",
            field="directory",
        )
    project = checkouts.project_files.read(content)
    if project.project.name != addition.project:
        raise refuse(
            "another_project",
            f"The project in {addition.root} is {project.project.name}, and not {addition.project}.",
            mend=f"Say name={project.project.name!r}, or the directory of {addition.project}.",
            field="name",
        )
    return project
