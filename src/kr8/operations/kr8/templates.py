"""Templates: listed, shown, fetched from a repository and removed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain.caller import Audience, Effect
from kr8.domain.model import COMMIT_PATTERN, DIGEST_PATTERN, URL_PATTERN, Model
from kr8.domain.problem import Refused, refuse
from kr8.domain.rights import Reach
from kr8.domain.shortened import quoted
from kr8.domain.template import (
    ConditionalFiles,
    Example,
    FoundTemplate,
    Parameter,
    State,
    Tests,
    meant,
    unknown_template,
)
from kr8.operations.kr8.authoring import (
    called_now,
    check_name,
    finding_line,
    not_checked_lines,
    unchecked_words,
    verdict_of,
)
from kr8.operations.kr8.fields import ProjectArgument
from kr8.operations.kr8.infrastructure import FindingLine, NotChecked
from kr8.ports.pinned_templates import Pin, PinnedTemplates
from kr8.ports.remotes import Remotes
from kr8.ports.templates import Templates
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.new_templates import NewTemplates

NONE = "There is none like that: without search and kind, all are listed."
NO_MORE = "There are no more."
AFTER = "after:"
"""How a cursor begins: the name behind it need not be there any more."""
MOST_FOLDERS = 50
"""Folders with a template that are named."""


class ListTemplates(Model):
    """Which templates."""

    search: Annotated[
        str, Field(description="Words in name or description.", json_schema_extra={"positional": True})
    ] = ""
    kind: Annotated[Literal["project", "infrastructure"] | None, Field(description="Of this kind.")] = None
    project: ProjectArgument = None
    detail: Annotated[bool, Field(description="With parameters and examples.")] = False
    cursor: Annotated[str | None, Field(description="Next page.")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="How many.")] = 20


class TemplateLine(Model):
    """A template in a list."""

    name: str
    version: str
    kind: str
    description: str
    origin: str
    state: State
    """`unknown`: nobody may have tried its files as they are now, since they lie where anybody changes them."""
    wanted: tuple[str, ...]
    """The parameters that must be given."""
    untrusted_broken: str
    """Why it cannot be used."""
    needs: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    """What may be given as its values."""
    examples: tuple[Example, ...] = ()
    untrusted: bool
    """Whether its words come from outside kr8: it is no built-in one."""


class GetTemplate(Model):
    """Which template."""

    name: Annotated[str, Field(description="See `kr8 template list`.", json_schema_extra={"positional": True})]
    project: ProjectArgument = None


class TemplateView(TemplateLine):
    """A template, whole."""

    files: tuple[ConditionalFiles, ...]
    tests: Tests | None
    pin: Pin | None = None
    """Where it was fetched from."""


class AddTemplate(Model):
    """What to fetch."""

    url: Annotated[
        str,
        # Checked before the audit keeps it.
        Field(
            pattern=URL_PATTERN, description="https://, ssh:// or file:// URL.", json_schema_extra={"positional": True}
        ),
    ]
    commit: Annotated[str, Field(pattern=COMMIT_PATTERN, description="Full id of the commit that has it.")]
    path: Annotated[str, Field(max_length=512, description="Its folder in the repository.")] = "."
    digest: Annotated[
        str | None, Field(pattern=DIGEST_PATTERN, description="What its content must be; `template show` says it.")
    ] = None


class RemoveTemplate(Model):
    """Which template."""

    name: Annotated[
        str, Field(description="One that was fetched, or your own.", json_schema_extra={"positional": True})
    ]


class AddedTemplate(Model):
    """A template that was fetched and kept."""

    pin: Pin
    version: str
    is_new: bool
    findings: tuple[FindingLine, ...]
    """What was found in what it makes: nothing grave, or it would not be kept."""
    verdict: Literal["passed", "incomplete"]
    """`incomplete`, which is no pass, where not everything could be checked."""
    not_checked: tuple[NotChecked, ...]
    """What could not be checked: it may be there. `tests` are the template's own, which are not run here."""
    next_step: str


class RemovedTemplate(Model):
    """A template that was removed."""

    pin: Pin | None = None
    """With which one that was fetched can be added again."""
    path: str | None = None
    """Where one of your own lay."""
    left: str | None = None
    """The folder with files of it that could not be removed; it is no template any more."""
    next_step: str = ""


class TemplateList(Model):
    """Templates, by name."""

    templates: tuple[TemplateLine, ...]
    next: str | None = None
    """The cursor of the next page."""
    next_step: str


@operation(Effect.READ, command="template list")
async def list_templates(
    request: ListTemplates, call: Call, templates: Templates, checkouts: Checkouts
) -> TemplateList:
    """List the templates a project can start from: built in, installed, fetched, the user's and the project's."""
    # Where there can be no templates of a project, Git is not asked: it takes 30 times as long.
    may_have = request.project is not None or await templates.near(Path(call.directory or "/"))
    project = await checkouts.place(request.project, call.directory) if may_have else None
    words = request.search.lower().split()
    known = await templates.list(project)
    last = _last(request.cursor)
    found = [each for each in known if _matches(each, words, request.kind)]
    after = [each for each in found if each.called > last]
    page = after[: request.limit]
    return TemplateList(
        templates=tuple(_line(each, detail=request.detail) for each in page),
        next=f"{AFTER}{page[-1].called}" if len(after) > len(page) else None,
        next_step=_to_take(page, detail=request.detail) if page else NO_MORE if last else NONE,
    )


@operation(Effect.READ, command="template show", audience=Audience.PEOPLE)
async def get_template(
    request: GetTemplate, call: Call, templates: Templates, checkouts: Checkouts, pinned_templates: PinnedTemplates
) -> TemplateView:
    """Show a template: what it asks for, its examples, what it needs, and where it was fetched from."""
    project = await checkouts.place(request.project, call.directory)
    known = await templates.list(project)
    found = meant(request.name, known)
    if found is None:
        raise unknown_template(request.name, (each.called for each in known), "name")
    pins = await pinned_templates.all() if found.origin == "fetched" else ()
    return TemplateView(
        **dict(_line(found, detail=True)),
        files=found.files,
        tests=found.tests,
        pin=next((each for each in pins if each.name == found.name), None),
    )


@operation(
    Effect.CHANGE,
    command="template add",
    audience=Audience.PEOPLE,
    reach=Reach.NOTHING,
    idempotent=True,
    open_world=True,
)
async def add_template(
    request: AddTemplate,
    remotes: Remotes,
    new_templates: NewTemplates,
    pinned_templates: PinnedTemplates,
    templates: Templates,
) -> AddedTemplate:
    """Fetch a template from a Git repository, for all your projects; pinned to its commit and content.

    It is tried, scanned and validated first. A content that differs from its pin is refused, now and later.
    """
    async with new_templates.drafts.written(()) as folder:
        await remotes.fetch(request.url, request.commit, request.path, folder)
        there = await new_templates.drafts.folders(folder)
        if "." not in there:
            raise _elsewhere(request, there)
        files = await new_templates.drafts.read(folder, "that was fetched")
    name = new_templates.drafts.name_of(files)
    check_name(name, await templates.list())
    digest = new_templates.drafts.digest(files)
    if request.digest not in (None, digest):
        raise _differs(request, digest)
    tried = await new_templates.tried(name, files, runs_tests=False)
    pin = Pin(name=name, url=request.url, commit=request.commit, path=request.path, digest=digest)
    is_new = await pinned_templates.add(pin, files)
    called = await called_now(name, "fetched", templates)
    return AddedTemplate(
        pin=pin,
        version=tried.template.version,
        is_new=is_new,
        findings=tuple(finding_line(each) for each in tried.findings),
        verdict=verdict_of(tried),
        not_checked=not_checked_lines(tried),
        next_step=f"{unchecked_words(tried)}kr8 new NAME --template {called}",
    )


@operation(Effect.DESTROY, command="template remove", audience=Audience.PEOPLE, reach=Reach.NOTHING)
async def remove_template(
    request: RemoveTemplate, pinned_templates: PinnedTemplates, new_templates: NewTemplates
) -> RemovedTemplate:
    """Remove a template that was fetched, or one of your own. Projects made from it stay as they are."""
    origin, _, name = request.name.rpartition("/")
    is_pinned = any(each.name == name for each in await pinned_templates.all())
    if is_pinned and (origin == "fetched" or (not origin and not await new_templates.drafts.has(name))):
        gone = await pinned_templates.remove(name)
        return RemovedTemplate(pin=gone.pin, left=_shown(gone.left), next_step=_next_step(gone.left))
    if origin in ("", "user"):
        own = await new_templates.drafts.remove(name)
        return RemovedTemplate(path=str(own.place), left=_shown(own.left), next_step=_next_step(own.left))
    raise refuse(
        "unknown_template",
        f"{quoted(request.name)} is none that can be removed here.",
        mend="Those that were fetched and your own are: kr8 template list. A project's lies in its .kr8/templates.",
        field="name",
    )


def _elsewhere(request: AddTemplate, there: tuple[str, ...]) -> Refused:
    """What to say where the folder that was fetched has no template; `there`: those below it that have one."""
    root = "" if request.path == "." else f"{request.path.rstrip('/')}/"
    return refuse(
        "invalid_template",
        f"There is no template.toml in {quoted(request.path)} of that commit.",
        mend="Name the folder of one with --path: these have one." if there else "No folder below it has one either.",
        field="path",
        output=tuple(f"{root}{each}" for each in there[:MOST_FOLDERS]),
    )


def _differs(request: AddTemplate, digest: str) -> Refused:
    return refuse(
        "template_digest_differs",
        "The template is not what you named, and was not kept.",
        why=f"Its content has the digest {digest}, and not {request.digest}.",
        mend="Find out who changed it, before you name the other digest.",
        field="digest",
    )


def _last(cursor: str | None) -> str:
    """The name that the page before ended with; empty: there was none. Refuses a cursor that no answer has given."""
    if cursor is None:
        return ""
    if not cursor.startswith(AFTER):
        raise refuse(
            "invalid_argument",
            "The cursor is not one.",
            mend="Give the `next` of an earlier answer; without a cursor, the first are listed.",
            field="cursor",
        )
    return cursor.removeprefix(AFTER)


def _to_take(page: Iterable[FoundTemplate], *, detail: bool) -> str:
    takes = (
        "create_project takes one by name."
        if detail
        else "detail=true shows parameters and examples; create_project takes a template by name."
    )
    if any(each.state == "unknown" for each in page):
        return (
            f"{takes} Nobody may have tried those of state unknown as they are: create_template with their folder does."
        )
    return takes


def _shown(left: Path | None) -> str | None:
    return None if left is None else str(left)


def _next_step(left: Path | None) -> str:
    return "" if left is None else f"Some files of it could not be removed: remove {left} yourself."


def _line(template: FoundTemplate, *, detail: bool) -> TemplateLine:
    return TemplateLine(
        name=template.called,
        version=template.version,
        kind=template.kind,
        description=template.description,
        origin=template.origin,
        state=template.state,
        wanted=tuple(each.name for each in template.wanted()),
        untrusted_broken=template.broken,
        needs=template.needs if detail else (),
        parameters=template.asked() if detail else (),
        examples=template.examples if detail else (),
        untrusted=template.untrusted,
    )


def _matches(template: FoundTemplate, words: list[str], kind: str | None) -> bool:
    text = f"{template.name} {template.description}".lower()
    return kind in (None, template.kind) and all(word in text for word in words)
