"""Projects: made from a template, and checked."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain.caller import Audience, Effect
from kr8.domain.finding import Finding, Severity
from kr8.domain.made_files import check_kind
from kr8.domain.model import Model, Name
from kr8.domain.problem import Refused, refuse
from kr8.domain.project import Project
from kr8.domain.rights import Reach
from kr8.domain.source import Written
from kr8.domain.template import Value, meant
from kr8.operations.kr8.additions import Addition, add
from kr8.operations.kr8.directories import existing_project, refuse_project, repository_at, resolved
from kr8.operations.kr8.fields import ProjectArgument
from kr8.operations.kr8.updates import generator_of, own, recorded
from kr8.planning.advice import advice
from kr8.planning.declared import declared
from kr8.ports.generated_files import GeneratedFiles
from kr8.ports.project_files import ProjectFiles
from kr8.ports.repositories import Commit, Repositories
from kr8.ports.target import Targets
from kr8.ports.templates import RenderedFile, Rendering, Templates
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.rendered_project import check_identity, project_of

MOST_NAMED = 20


class CreateProject(Model):
    """What to make, and where."""

    name: Annotated[Name, Field(description="Its name.", json_schema_extra={"positional": True})]
    directory: Annotated[str | None, Field(description="New, or a repository. Default: ./NAME", max_length=4096)] = None
    template: Annotated[str, Field(description="A listed one.")] = "web-service"
    project: Annotated[str | None, Field(description="That has the template.", json_schema_extra={"short": "p"})] = None
    values: dict[str, Value] = Field(default_factory=dict[str, Value], description="Template parameters.")
    description: Annotated[
        str, Field(max_length=2000, description="What it is for.", json_schema_extra={"freeWords": True})
    ] = ""


class ProjectView(Model):
    """A project, as it is known now."""

    id: str
    name: str
    path: str
    services: tuple[str, ...]
    environments: tuple[str, ...]
    template: str | None = None
    """Whose the template was that it was made from: built-in, the user's or a project's."""
    written: tuple[str, ...] = ()
    """Files that were written; what was there stays as it was."""
    untrusted_left: tuple[str, ...] = ()
    """Files that an infrastructure template makes too, and that were there: they are as they were."""
    commit: str | None = None
    next_step: str


class CheckedProject(ProjectView):
    """A project whose kr8.toml can be read."""

    refused: bool = False
    """Whether a finding refuses a deployment of it."""
    findings: tuple[Finding, ...] = ()
    """What in it does not do what one would expect."""


class CheckProject(Model):
    """Which project."""

    project: ProjectArgument = None


@operation(Effect.CHANGE, command="new", reach=Reach.NOTHING)
async def create_project(
    request: CreateProject, call: Call, templates: Templates, checkouts: Checkouts, generated_files: GeneratedFiles
) -> ProjectView:
    """Create a project from a template: a Git repository with kr8.toml, ready to deploy. Nothing is overwritten.

    Repositories get only kr8.toml, projects what an infrastructure template adds.
    """
    repositories, project_files = checkouts.repositories, checkouts.project_files
    directory = resolved(request.directory or request.name, call.directory)
    checkouts.grounds.require(directory, call.caller)
    here = await _place(request, directory, call, templates, checkouts)
    if await _is_infrastructure(request.template, templates, here):
        await _require(request.template, templates, here)
        return await _added(request, call, directory, here, templates, checkouts, generated_files)
    values = _values(request, call.new("prj"))
    rendering = await templates.render(request.template, values, here)
    project_files.take_away(directory)
    existing = await repository_at(directory, repositories)
    if existing is not None:
        await refuse_project(existing, checkouts, project_files)
    else:
        checkouts.grounds.require_new(directory, call.caller)
        await _require(request.template, templates, here)
    check_kind(rendering.template, {each.path for each in rendering.files}, "project")
    (file,) = (each for each in rendering.files if each.path == "kr8.toml")
    project = project_of(rendering, project_files)
    check_identity(rendering.template, project, values)
    wanted = _whole(directory, rendering, generated_files) if existing is None else (file,)
    where = existing or directory
    write = project_files.make if existing is None else project_files.write
    written = write(
        where, {each.path: each.content for each in wanted}, frozenset(each.path for each in wanted if each.executable)
    )
    if "kr8.toml" not in written:
        raise existing_project(where, file.content, project_files, committed=False)
    made = _made(rendering, project, where, written, call)
    if existing is not None:
        return made
    commit = await _started(request, directory, written, checkouts)
    await checkouts.register(directory)
    return made.model_copy(update={"commit": commit.id, "next_step": _deploy(call, directory, made.environments[0])})


def _made(rendering: Rendering, project: Project, where: Path, written: tuple[str, ...], call: Call) -> ProjectView:
    """A project whose kr8.toml is not committed yet."""
    return ProjectView(
        id=project.project.id,
        name=project.project.name,
        path=str(where),
        services=tuple(project.services),
        environments=tuple(project.environments),
        template=rendering.template.origin,
        written=written,
        next_step="Read kr8.toml, fit the commands to this repository, commit it, then "
        f"{_deploy(call, where, next(iter(project.environments)))}",
    )


async def _started(request: CreateProject, directory: Path, written: tuple[str, ...], checkouts: Checkouts) -> Commit:
    """The first commit; without one nothing is left, for the same call would find a directory that is not empty."""
    try:
        return await checkouts.repositories.start(
            directory, f"Start {request.name} from the template {request.template}"
        )
    except BaseException:
        checkouts.project_files.take_away(directory, written)
        raise


def _deploy(call: Call, directory: Path, environment: str) -> str:
    return call.caller.told(
        command=f"kr8 deploy {environment} --project {shlex.quote(str(directory))}",
        tool=f"create_deployment with project={str(directory)!r} and environment={environment!r}.",
    )


async def _place(
    request: CreateProject, directory: Path, call: Call, templates: Templates, checkouts: Checkouts
) -> Path | None:
    """The project whose templates are looked at: the one named, else the caller's, or that of the directory."""
    here = await checkouts.place(request.project, call.directory)
    if request.project is not None or meant(request.template, await templates.list(here)) is not None:
        return here
    there = await checkouts.repositories.root(directory) if directory.is_dir() else None
    return there or here


async def _is_infrastructure(name: str, templates: Templates, here: Path | None) -> bool:
    found = meant(name, await templates.list(here))
    return found is not None and found.kind == "infrastructure"


async def _added(
    request: CreateProject,
    call: Call,
    directory: Path,
    here: Path | None,
    templates: Templates,
    checkouts: Checkouts,
    generated_files: GeneratedFiles,
) -> ProjectView:
    if request.description:
        what = "The description is that of the project, and not taken from here."
        raise refuse("invalid_argument", what, mend="Leave it out.", field="description")
    root = await repository_at(directory, checkouts.repositories)
    checkouts.grounds.require_new(root or directory, call.caller)  # a template may make any file
    addition = Addition(request.template, root or directory, request.name, request.values, here)
    added = await add(addition, templates, checkouts, generated_files)
    left = added.of(Written.CONFLICT) + added.of(Written.KEPT)
    there = f"There already, and left as they were: {len(left)} of its files. " if left else ""
    return ProjectView(
        id=added.project.project.id,
        name=added.project.project.name,
        path=str(root or directory),
        services=tuple(added.project.services),
        environments=tuple(added.project.environments),
        template=added.origin,
        written=added.of(Written.NEW) + added.of(Written.MERGED),
        untrusted_left=left[:MOST_NAMED],
        next_step=f"{there}Read what was written, "
        f"{call.caller.told(command='kr8 validate', tool='validate_infrastructure')}, then commit it with .kr8.",
    )


def _whole(directory: Path, rendering: Rendering, generated_files: GeneratedFiles) -> tuple[RenderedFile, ...]:
    """The files of a new project, and what it says of its template, so that it can follow it."""
    texts = recorded(rendering)
    more = (texts[-1], generated_files.record(directory, generator_of(None), texts))
    return (*rendering.files, *(RenderedFile(path=each.path, content=each.text.encode()) for each in more))


async def _require(template: str, templates: Templates, here: Path | None) -> None:
    """Refuse a template whose needs this machine does not meet, before anything of it is built."""
    unmet = await templates.unmet(template, here)
    if unmet:
        raise refuse(
            "needs_unmet",
            f"The template {template} needs what is not on this machine, and nothing was written.",
            why=" ".join(unmet),
            mend="Install it where kr8's PATH finds it, or choose another template.",
            field="template",
        )


def _values(request: CreateProject, identity: str) -> dict[str, Value]:
    return {**own(request.values), "name": request.name, "id": identity, "description": request.description}


@operation(Effect.READ, command="check", audience=Audience.PEOPLE)
async def check_project(
    request: CheckProject,
    call: Call,
    checkouts: Checkouts,
    repositories: Repositories,
    project_files: ProjectFiles,
    targets: Targets,
) -> CheckedProject:
    """Check kr8.toml as it lies in the checkout: every mistake with line and column, and what does less than it seems.

    Says whether it is committed: a deployment takes what is.
    """
    where = await checkouts.place(request.project, call.directory)
    if where is None:
        where = await checkouts.present(await checkouts.find(None, call.directory))
    content, committed = await repositories.working(where, "kr8.toml"), await checkouts.committed(where)
    if content is None:
        raise _no_file(where, committed=committed is not None)
    project = project_files.read(content)
    if content == committed:
        await checkouts.register(where)
    unlike = () if content == committed else (_not_committed(ever=committed is not None),)
    files = await repositories.files(where)
    found = (*unlike, *_unreachable(project, targets), *declared(project, files), *advice(project))
    is_refused = any(each.severity is Severity.CRITICAL for each in found)
    return CheckedProject(
        id=project.project.id,
        name=project.project.name,
        path=str(where),
        services=tuple(project.services),
        environments=tuple(project.environments),
        next_step="kr8.toml can be read. Mend what is critical: it refuses a deployment."
        if is_refused
        else "kr8.toml is valid.",
        refused=is_refused,
        findings=found,
    )


def _no_file(where: Path, *, committed: bool) -> Refused:
    mend = (
        "Bring back what is committed: git restore kr8.toml"
        if committed
        else "create_project (kr8 new NAME --directory .) writes one."
    )
    return refuse("no_project_file", f"{where} has no kr8.toml that is a plain file.", mend=mend, field="project")


def _unreachable(project: Project, targets: Targets) -> Iterator[Finding]:
    """What nothing can be deployed to from here, whatever the file says."""
    for name in project.environments:
        try:
            targets.of(project, name)
        except Refused as refused:
            said = refused.problem
            yield Finding(rule=said.code, severity=Severity.HIGH, what=said.what, mend=said.mend, place=said.field)


def _not_committed(*, ever: bool) -> Finding:
    return Finding(
        rule="not_committed",
        severity=Severity.MEDIUM,
        what=f"kr8.toml {'has changes that are' if ever else 'is'} not committed; this was checked all the same.",
        why="A deployment takes what is committed.",
        mend="Commit it.",
        place="kr8.toml",
    )
