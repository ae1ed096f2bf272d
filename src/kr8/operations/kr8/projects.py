"""Projects and the templates they start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain.caller import Audience, Effect
from kr8.domain.finding import Finding, Severity
from kr8.domain.model import Model, Name
from kr8.domain.problem import refuse
from kr8.domain.rights import Reach
from kr8.operations.kr8.fields import ProjectArgument
from kr8.planning.advice import advice
from kr8.ports.project_files import ProjectFiles
from kr8.ports.repositories import Repositories
from kr8.ports.templates import Parameter, Template, Templates
from kr8.workflows.checkouts import Checkouts

CHANGES_NOT_CHECKED = Finding(
    rule="changes_not_checked",
    severity=Severity.MEDIUM,
    what="kr8.toml has changes that are not committed: what is committed was checked, not they.",
    mend="Commit them, then check again.",
    place="kr8.toml",
)


class CreateProject(Model):
    """What to make, and where."""

    name: Annotated[Name, Field(description="Project name.", json_schema_extra={"positional": True})]
    directory: Annotated[
        str | None, Field(description="New directory, or an existing repository. Default: ./NAME", max_length=4096)
    ] = None
    template: Annotated[str, Field(description="See list_templates.")] = "web-service"
    values: dict[str, str] = Field(default_factory=dict[str, str], description="The template's parameters.")
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
    written: tuple[str, ...] = ()
    """Files that were written; what was there stays as it was."""
    commit: str | None = None
    next_step: str


class CheckedProject(ProjectView):
    """A project whose kr8.toml is valid."""

    findings: tuple[Finding, ...] = ()
    """What in it does not do what one would expect."""


class ListTemplates(Model):
    """Which templates."""

    search: Annotated[
        str, Field(description="Words in name or description.", json_schema_extra={"positional": True})
    ] = ""
    kind: Annotated[Literal["project", "infrastructure"] | None, Field(description="Of this kind.")] = None
    project: ProjectArgument = None


class TemplateView(Model):
    """A template and what it asks for."""

    name: str
    version: str
    kind: str
    description: str
    origin: str
    parameters: tuple[Parameter, ...]


class TemplateList(Model):
    """Templates, by name."""

    templates: tuple[TemplateView, ...]


class CheckProject(Model):
    """Which project."""

    project: ProjectArgument = None


@operation(Effect.CHANGE, command="new", reach=Reach.NOTHING)
async def create_project(
    request: CreateProject,
    call: Call,
    templates: Templates,
    project_files: ProjectFiles,
    repositories: Repositories,
    checkouts: Checkouts,
) -> ProjectView:
    """Create a project from a template: a Git repository with kr8.toml and environments, ready to deploy.

    In an existing repository only kr8.toml and what is missing is written; nothing is overwritten.
    """
    directory = _directory(request, call)
    rendered = await templates.render(request.template, _values(request, call.new("prj")))
    existing = await _repository(directory, repositories)
    if existing is None and directory.exists() and any(directory.iterdir()):
        raise refuse(
            "directory_not_empty",
            f"{directory} is not empty and not a Git repository.",
            mend="Choose another directory, or make a repository of it: git init, git add, git commit.",
            field="directory",
        )
    if existing is not None and await repositories.read(existing, "HEAD", "kr8.toml") is not None:
        raise refuse(
            "project_exists",
            f"{existing} is a kr8 project already.",
            mend="Look at it with list_deployments or `kr8 check`.",
            field="directory",
        )
    wanted = [file for file in rendered if existing is None or file.path == "kr8.toml"]
    project = project_files.read(next(file.content for file in rendered if file.path == "kr8.toml"))
    written = project_files.write(
        existing or directory,
        {file.path: file.content for file in wanted},
        frozenset(file.path for file in wanted if file.executable),
    )
    common = {"id": project.project.id, "name": project.project.name, "path": str(existing or directory)}
    names = {"services": tuple(project.services), "environments": tuple(project.environments)}
    if existing is not None:
        step = "Read kr8.toml, fit the commands to this repository, commit it, then create_deployment."
        return ProjectView.model_validate({**common, **names, "written": written, "next_step": step})
    commit = await repositories.start(directory, f"Start {request.name} from the template {request.template}")
    await checkouts.register(directory)
    first = next(iter(project.environments))
    step = f"create_deployment with project={str(directory)!r} and environment={first!r}."
    return ProjectView.model_validate({**common, **names, "written": written, "commit": commit.id, "next_step": step})


def _values(request: CreateProject, identity: str) -> dict[str, str]:
    ours = {"name": request.name, "id": identity, "description": request.description}
    for name in ours:
        if name in request.values:
            raise refuse(
                "invalid_argument",
                f"The template's parameter {name!r} is not given as a value.",
                mend="name and description are arguments of their own; kr8 makes the id.",
                field=f"values.{name}",
            )
    return {**request.values, **ours}


def _directory(request: CreateProject, call: Call) -> Path:
    where = Path(request.directory or request.name)
    if not where.is_absolute():
        if call.directory is None:
            raise refuse(
                "directory_not_absolute",
                f"{where} is relative, and kr8 does not know where the caller stands.",
                mend="Give an absolute path.",
                field="directory",
            )
        where = Path(call.directory, where)
    if "\0" in str(where) or ".." in where.parts:
        raise refuse("path_outside", f"{where} has '..' in it.", mend="Give the path itself.", field="directory")
    return where


async def _repository(directory: Path, repositories: Repositories) -> Path | None:
    """The repository that a directory is; None: it is in none. Raises Refused where it is a folder of one."""
    there = next(folder for folder in (directory, *directory.parents) if folder.exists())
    root = await repositories.root(there)
    if root is None or root.resolve() == directory.resolve():
        return root
    raise refuse(
        "inside_repository",
        f"{directory} lies inside of the repository {root}, and nothing was written.",
        why="A project is a whole repository. One inside of another has commits that the outer one does not see.",
        mend=f"Make that repository the project, directory={str(root)!r}, and name the folder as the path of a service "
        "in its kr8.toml; or choose a directory outside of it.",
        field="directory",
    )


@operation(Effect.READ, command="template list")
async def list_templates(
    request: ListTemplates, call: Call, templates: Templates, checkouts: Checkouts
) -> TemplateList:
    """List the templates a project can start from, with their parameters: built in, the user's and the project's."""
    project = None
    if request.project is not None:
        project = Path((await checkouts.find(request.project, call.directory)).path)
    words = request.search.lower().split()
    found = [each for each in await templates.list(project) if _matches(each, words, request.kind)]
    return TemplateList(templates=tuple(TemplateView.model_validate(each.model_dump()) for each in found))


def _matches(template: Template, words: list[str], kind: str | None) -> bool:
    text = f"{template.name} {template.description}".lower()
    return kind in (None, template.kind) and all(word in text for word in words)


@operation(Effect.READ, command="check", audience=Audience.PEOPLE)
async def check_project(
    request: CheckProject, call: Call, checkouts: Checkouts, repositories: Repositories
) -> CheckedProject:
    """Check the committed kr8.toml: every mistake with line and column, and what does not do what it seems to."""
    record = await checkouts.find(request.project, call.directory)
    fresh = await checkouts.register(Path(record.path))
    unread = "kr8.toml" in await repositories.changes(Path(fresh.path))
    return CheckedProject(
        id=fresh.id,
        name=fresh.name,
        path=fresh.path,
        services=tuple(fresh.spec.services),
        environments=tuple(fresh.spec.environments),
        next_step="kr8.toml is valid.",
        findings=((CHANGES_NOT_CHECKED,) if unread else ()) + advice(fresh.spec),
    )
