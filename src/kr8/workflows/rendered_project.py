"""The project that a template makes; what its kr8.toml does not take is told of the values that it was given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from kr8.domain.problem import Problem, Refused, refuse
from kr8.domain.project import Project
from kr8.domain.template import ALWAYS, Template, Value
from kr8.ports.project_files import ProjectFiles
from kr8.ports.templates import Rendering

FILE = "kr8.toml"
_PLACE = re.compile(rf"{re.escape(FILE)}[^:]*:(\d+):")


def project_of(rendering: Rendering, project_files: ProjectFiles) -> Project:
    """The project that a rendering's kr8.toml declares; there must be one.

    Raises Refused: invalid_parameter where a value that was given stands where the file is wrong; else
    invalid_project_file, for the mistake is the template's.
    """
    (content,) = (each.content for each in rendering.files if each.path == FILE)
    try:
        return project_files.read(content, f"{FILE} of the template {rendering.template.name}")
    except Refused as refused:
        raise _said(rendering, content, refused.problem) from None


def check_identity(template: Template, project: Project, identity: Mapping[str, Value]) -> None:
    """Refuse a project that has not the name and the id that were given to its template.

    Raises Refused (template_identity).
    """
    head = project.project
    if all(getattr(head, each) == identity.get(each) for each in ("name", "id")):
        return
    raise refuse(
        "template_identity",
        f"The template {template.name} gives every project the same name or id.",
        why="Two clones with one id are one project: the one would be deployed in the place of the other.",
        mend="Have it ask for `name` and `id`, and put {{ name | toml }} and {{ id | toml }} into kr8.toml.",
        field="template",
    )


def _said(rendering: Rendering, content: bytes, problem: Problem) -> Refused:
    name = rendering.template.name
    lines = content.decode(errors="replace").split("\n")
    wrong = "\n".join(lines[number - 1] for number in _faulty(problem.output) if number <= len(lines))
    blamed = [each for each, value in _given(rendering) if any(_stands(text, wrong) for text in _texts(value))]
    if not blamed:
        mend = f"Mend the template, {FILE} in its files: nothing was written."
        return Refused(problem.model_copy(update={"mend": mend, "field": "template", "place": None}))
    return refuse(
        "invalid_parameter",
        f"What is given for {', '.join(blamed)} is not allowed in the kr8.toml of the template {name}.",
        why="Nothing was written.",
        mend="Give another value.",
        field=f"values.{blamed[0]}",
        output=problem.output,
    )


def _faulty(output: Iterable[str]) -> Iterator[int]:
    """The numbers of the lines that mistakes are told of."""
    return (int(found[1]) for each in output if (found := _PLACE.match(each)) is not None)


def _given(rendering: Rendering) -> Iterator[tuple[str, Value]]:
    """The values that are not the template's own."""
    defaults = {each.name: each.default for each in rendering.template.parameters}
    return (
        (name, value) for name, value in rendering.values.items() if name not in ALWAYS and value != defaults.get(name)
    )


def _texts(value: Value) -> tuple[str, ...]:
    """A value as a file may have it."""
    if isinstance(value, tuple):
        return value
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def _stands(text: str, lines: str) -> bool:
    """Whether a text stands in some lines, and is no part of another word there."""
    return bool(text) and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", lines) is not None
