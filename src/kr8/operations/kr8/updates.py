"""Projects that follow the template they were made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain import template_record
from kr8.domain.caller import Caller, Effect
from kr8.domain.made_files import check_kind
from kr8.domain.model import Model, Name
from kr8.domain.nearest import nearest
from kr8.domain.problem import Refused, refuse
from kr8.domain.rights import Reach
from kr8.domain.source import SourceFile, Written, WrittenFile
from kr8.domain.template import ALWAYS, ORIGINS, FoundTemplate, Kind, Value, next_version, precedence
from kr8.domain.template_record import TemplateRecord
from kr8.operations.kr8.conflicts import Force, Keep, State, after, check_kept, state_of, to_settle, unchanged
from kr8.operations.kr8.fields import ProjectArgument
from kr8.operations.kr8.unmerged import Brought, bring, text_of, unmerged
from kr8.ports.generated_files import GeneratedFiles
from kr8.ports.templates import Rendering, Templates
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.rendered_project import check_identity, project_of


class UpdateProject(Model):
    """Which project, and what its template asks for that it did not ask before."""

    template: Annotated[
        Name | None,
        Field(
            description="One that was added. Default: what it was made from.", json_schema_extra={"positional": True}
        ),
    ] = None
    project: ProjectArgument = None
    from_project: Annotated[str | None, Field(description="Has the template. Default: here.")] = None
    values: dict[str, Value] = Field(
        default_factory=dict[str, Value], description="Parameters, new ones or other than before."
    )
    force: Force = False
    keep: Keep = ()


class UpdatedProject(Model):
    """What became of the files."""

    state: State
    template: str
    before: str
    """The version that the project was at."""
    version: str
    """The template's; while there are conflicts, the project stays at the one before."""
    counts: dict[Written, int]
    files: tuple[WrittenFile, ...]
    """Those that are not as they were."""
    untrusted_left: tuple[str, ...] = ()
    """Files that are no text, which are not merged: they are as they were, and not as the template has them."""
    next_step: str


@operation(Effect.CHANGE, command="template update", reach=Reach.NOTHING, idempotent=True)
async def update_project(
    request: UpdateProject, call: Call, templates: Templates, checkouts: Checkouts, generated_files: GeneratedFiles
) -> UpdatedProject:
    """Bring a project to the version its template has now: what was changed by hand is merged, or shown as a conflict.

    Commits nothing.
    """
    root = await checkouts.present(await checkouts.find(request.project, call.directory))
    checkouts.grounds.require_new(root, call.caller)  # a template may make any file
    places = (root, await checkouts.place(request.from_project, call.directory))
    record = await _record(root, checkouts, request.template)
    if record is None:
        names = {each.name for place in places for each in await templates.list(place)}
        raise _no_record(root, request.template, await _added(root, names, generated_files))
    template, place = await _template(record, templates, places)
    known = {each.name for each in template.parameters} | ALWAYS
    kept = {name: value for name, value in record.values.items() if name in known}
    rendering = await templates.render(template.called, {**kept, **own(request.values)}, place)
    _check_version(record, rendering)
    check_kind(rendering.template, {file.path for file in rendering.files}, kind_of(request.template))
    if request.template is None:
        # Refused: what would leave a kr8.toml that cannot be read, or that is another project's.
        check_identity(rendering.template, project_of(rendering, checkouts.project_files), record.values)
    keep = await _kept(request, root, call.directory, rendering, generated_files)
    brought = await _brought(request, root, rendering, record, keep, generated_files, checkouts)
    written = brought.files
    counts = Counter(each.written for each in written)
    return UpdatedProject(
        state=state_of(counts),
        template=record.name,
        before=record.version,
        version=rendering.template.version,
        counts=dict(counts),
        files=tuple(each for each in written if each.written is not Written.UNCHANGED),
        untrusted_left=brought.left,
        next_step=_next_step(counts, rendering.template.version, call.caller, len(brought.left)),
    )


def generator_of(added: str | None) -> str:
    """What the record of the files goes by: of a template that was added, or of the one a project was made from."""
    return "template" if added is None else f"template-{added}"


def own(values: dict[str, Value]) -> dict[str, Value]:
    """The values that a caller may give. Raises Refused (invalid_argument) for those that kr8 gives itself."""
    for name in values.keys() & ALWAYS:
        raise refuse(
            "invalid_argument",
            f"The template's parameter {name!r} is not given as a value.",
            mend="name and description are arguments of their own; kr8 makes the id.",
            field=f"values.{name}",
        )
    return values


def kind_of(added: str | None) -> Kind:
    """The kind of a template that was added, or of the one that a project was made from."""
    return "project" if added is None else "infrastructure"


async def _kept(
    request: UpdateProject, root: Path, stands: str | None, rendering: Rendering, generated_files: GeneratedFiles
) -> frozenset[str]:
    """The files that stay as they are, whatever the template has. Raises Refused (invalid_argument)."""
    if not request.keep:
        return frozenset()
    there = await generated_files.there(root, generator_of(request.template))
    others = (each.path for each in unmerged(rendering))
    return check_kept(request.keep, recorded(rendering, request.template), (*there, *others), root, stands)


async def _brought(
    request: UpdateProject,
    root: Path,
    rendering: Rendering,
    before: TemplateRecord,
    keep: frozenset[str],
    generated_files: GeneratedFiles,
    checkouts: Checkouts,
) -> Brought:
    """What became of the files. The project says that it is at the new version once nothing conflicts any more."""
    generator = generator_of(request.template)
    files, now = (recorded(rendering, request.template, version) for version in (before, None))
    written = await generated_files.write(root, generator, files, force=request.force, keep=keep)
    # After the others: one of them may have been a text, and lie there no more.
    brought = await bring(root, rendering, keep, checkouts, is_new=now != files)
    if now == files or any(each.written is Written.CONFLICT for each in written):
        return brought.beside(written)
    again = await generated_files.write(root, generator, now, force=request.force, keep=keep)
    said = {each.path: each for each in again if each.path == template_record.path_of(request.template)}
    return brought.beside(said.get(each.path, each) for each in written)


def recorded(
    rendering: Rendering, added: str | None = None, before: TemplateRecord | None = None
) -> tuple[SourceFile, ...]:
    """The text files of a rendering that an update can merge, and what the project says of its template.

    `before`: the version that it says it has, where that is not the rendering's.
    """
    template = rendering.template
    record = TemplateRecord(
        name=template.name,
        version=template.version if before is None else before.version,
        origin=template.origin,
        digest=rendering.digest if before is None else before.digest,
        values=rendering.values,
    )
    texts = ((each, text_of(each)) for each in rendering.files)
    files = [
        SourceFile(path=each.path, text=text, executable=each.executable) for each, text in texts if text is not None
    ]
    return (*files, SourceFile(path=template_record.path_of(added), text=record.text()))


async def _added(root: Path, names: Iterable[str], generated_files: GeneratedFiles) -> tuple[str, ...]:
    """Those of some templates that were added to a project."""
    return tuple([each for each in sorted(names) if await generated_files.there(root, generator_of(each))])


def _no_record(root: Path, asked: str | None, added: tuple[str, ...]) -> Refused:
    path = template_record.path_of(asked)
    mend = (
        "Bring that file back from Git; a project that was made without a template has none to follow, and one of the "
        "kind infrastructure is added by create_project (kr8 new) first."
    )
    if asked is not None and added:
        named = nearest(asked, added)
        mend = f"{named} Any other is added by create_project (kr8 new) first; or bring that file back from Git."
    return refuse(
        "not_from_template",
        f"{root} does not say which version it has of that template.",
        why=f"It has no {path}, which create_project (kr8 new) writes.",
        mend=mend,
        field="project" if asked is None else "template",
    )


async def _record(root: Path, checkouts: Checkouts, added: str | None) -> TemplateRecord | None:
    """What a project says of a template; None: nothing. Raises Refused (template_record_unreadable)."""
    path = template_record.path_of(added)
    content = await checkouts.repositories.working(root, path)
    if content is None:
        return None
    try:
        return template_record.read(content, added)
    except ValueError as error:
        raise refuse(
            "template_record_unreadable",
            f"{path} cannot be read, and nothing was written.",
            mend=f"Restore it from Git: git checkout -- {path}",
            field="project",
            output=(str(error),),
        ) from None


async def _template(
    record: TemplateRecord, templates: Templates, places: tuple[Path | None, ...]
) -> tuple[FoundTemplate, Path | None]:
    """The template of a record, and the project that has it: this one, or the one that the caller names or stands in.

    Another one of its name, built in or the user's, is another template.
    """
    found = [(each, place) for place in places for each in await templates.list(place)]
    for each, place in found:
        if (each.name, each.origin) == (record.name, record.origin):
            return each, place
    is_a_projects = record.origin == "project"
    raise refuse(
        "unknown_template",
        f"The template {record.name} is not here.",
        why=f"It was {ORIGINS[record.origin]} ({record.origin}/{record.name}).",
        mend="Name the project that has it: from_project, --from-project."
        if is_a_projects
        else "Put it back where it was. " + nearest(record.name, {each.name for each, _ in found}),
        field="from_project" if is_a_projects else "project",
    )


def _check_version(record: TemplateRecord, rendering: Rendering) -> None:
    now = rendering.template.version
    if precedence(now) < precedence(record.version):
        raise refuse(
            "template_older",
            f"The template {record.name} has version {now}, and the project is at {record.version} already.",
            mend="Get the newer template: what a project was made from never becomes older.",
        )
    if now == record.version and rendering.digest != record.digest:
        raise refuse(
            "template_version_reused",
            f"The template {record.name} {now} is not what it was when the project was made from it.",
            why="A version never has two contents: nobody could say what a project has.",
            mend=f'Give it version = "{next_version(now)}" in its template.toml.',
        )


def _next_step(counts: Counter[Written], version: str, caller: Caller, left: int) -> str:
    if counts[Written.CONFLICT]:
        return to_settle(counts, caller, "update again")
    same = unchanged(counts, f"the project is at version {version} of its template")
    changed = "Look at the difference (git diff), then commit it with what changed in .kr8."
    return " ".join(each for each in (same or after(counts, changed, caller), _left(left, caller)) if each)


def _left(count: int, caller: Caller) -> str:
    if not count:
        return ""
    keep = caller.told(command="--keep PATH", tool="keep=[PATH]")
    return (
        f"Not merged, for they are no text: {count} of the files, which are not as the template has them. Copy them "
        f"from its folder, or say of each that it is your own ({keep})."
    )
