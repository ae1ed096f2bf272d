"""Templates of one's own: made of a folder, of a project, or of files that are given."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain.caller import Caller, Effect
from kr8.domain.finding import Finding
from kr8.domain.model import Model, Name
from kr8.domain.problem import Refused, refuse
from kr8.domain.rights import Asker, Reach, asker_of
from kr8.domain.shortened import shortened
from kr8.domain.template import FoundTemplate, Origin, Parameter, checked_version, meant
from kr8.operations.kr8.fields import ProjectArgument
from kr8.operations.kr8.infrastructure import FindingLine, NotChecked
from kr8.ports.templates import RenderedFile, Templates
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.new_templates import NewTemplates, Proposed, Tried

PLACES = 5
"""How many files a proposal names."""
LONGEST_WHY = 320
"""The characters that are told of why something was not checked."""


class CreateTemplate(Model):
    """What to make it of."""

    name: Annotated[Name, Field(description="Its name.", json_schema_extra={"positional": True})]
    project: ProjectArgument = None
    directory: Annotated[str | None, Field(description="Folder with template.toml, files/.")] = None
    files: dict[str, str] = Field(
        # They may have a secret in them, for which they are refused: the audit does not keep them.
        default_factory=dict[str, str],
        description="Else texts by path.",
        json_schema_extra={"writeOnly": True},
    )
    accept: Annotated[
        tuple[str, ...] | None,
        Field(description="Else of HEAD: parameters to take; none: propose."),
    ] = None
    version: Annotated[str, Field(max_length=20, description="With accept.")] = "1.0.0"
    description: Annotated[str, Field(description="With accept.", json_schema_extra={"freeWords": True})] = ""
    user: Annotated[bool, Field(description="For all projects; people only.")] = False


class ProposedParameter(Model):
    """A parameter that the template could ask for."""

    name: str
    untrusted_parameter: Parameter
    untrusted_text: str
    """What it is in the project."""
    untrusted_places: tuple[str, ...]
    """Files with how often it stands in each."""


class NewTemplate(Model):
    """What became of the draft."""

    name: str
    version: str = ""
    state: Literal["proposed", "kept", "unchanged"]
    path: str | None = None
    proposed: tuple[ProposedParameter, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    """What was found in what it makes: nothing grave, or it would not be kept."""
    verdict: Literal["passed", "incomplete"] | None = None
    """Of a draft that was tried: `incomplete`, which is no pass, where not everything could be checked."""
    not_checked: tuple[NotChecked, ...] = ()
    """What could not be checked: it may be there. `tests` are the template's own."""
    next_step: str


@operation(Effect.CHANGE, command="template create", reach=Reach.NOTHING, idempotent=True)
async def create_template(
    request: CreateTemplate, call: Call, checkouts: Checkouts, new_templates: NewTemplates, templates: Templates
) -> NewTemplate:
    """Make a template of a folder, files or a project; tried, scanned and validated first.

    Kept in .kr8/templates; a version never changes.
    """
    if request.user and asker_of(call.caller) is Asker.AWAY:
        raise _for_people()
    root = await _place(request, call, checkouts)
    checkouts.grounds.require(root, call.caller)
    check_name(request.name, await templates.list())
    if request.directory is None and not request.files and request.accept is None:
        return _proposal(request, await new_templates.proposed(root), call.caller)
    if request.directory is not None and asker_of(call.caller) is Asker.AWAY:
        checkouts.grounds.require(_folder(request.directory, call, root), call.caller)
    files = await _draft(request, call, root, new_templates)
    tried, where, is_new = await new_templates.accept(request.name, files, None if request.user else root)
    called = await called_now(request.name, "user" if request.user else "project", templates, root)
    stands = await checkouts.place(None, call.directory)
    is_here = request.user or root == stands
    outside = stands.parent / "NAME" if stands is not None and tried.template.kind == "project" else None
    takes = _takes(called, None if is_here else root, outside, call.caller)
    step = f"{takes} takes it" + ("." if request.user else "; commit it.")
    return NewTemplate(
        name=request.name,
        version=tried.template.version,
        state="kept" if is_new else "unchanged",
        path=str(where),
        findings=tuple(finding_line(each) for each in tried.findings),
        verdict=verdict_of(tried),
        not_checked=not_checked_lines(tried),
        next_step=f"{unchecked_words(tried)}{step}",
    )


def _takes(name: str, project: Path | None, directory: Path | None, caller: Caller) -> str:
    """How a template is taken; the project that must be named for it, and the place for a new one."""
    named = {"template": name, "project": project, "directory": directory}
    given = {word: str(each) for word, each in named.items() if each is not None}
    return caller.told(
        command=" ".join(("kr8 new NAME", *(f"--{word} {shlex.quote(each)}" for word, each in given.items()))),
        tool=f"create_project with {' and '.join(f'{word}={each!r}' for word, each in given.items())}",
    )


async def _place(request: CreateTemplate, call: Call, checkouts: Checkouts) -> Path:
    """The repository that a template is made of or kept in; the caller's own needs none where its files are given."""
    if request.user and request.project is None and (request.directory is not None or request.files):
        return Path(call.directory or "/")
    return await checkouts.repository(request.project, call.directory)


async def called_now(name: str, origin: Origin, templates: Templates, project: Path | None = None) -> str:
    """The name that means the template which was kept: another one of its name may come before it."""
    found = meant(f"{origin}/{name}", await templates.list(project))
    return name if found is None else found.called


def check_name(name: str, known: Iterable[FoundTemplate]) -> None:
    """Refuse a new template that would have the name of a built-in one. Raises Refused (template_name_taken)."""
    if any((each.name, each.origin) == (name, "built-in") for each in known):
        raise refuse(
            "template_name_taken",
            f"{name} is a built-in template, and no other one gets that name.",
            why="Whoever names it shall get what kr8 has under it.",
            mend="Give yours another name.",
            field="name",
        )


def verdict_of(tried: Tried) -> Literal["passed", "incomplete"]:
    """What a trial comes to: nothing grave was found, or it would have been refused."""
    return "incomplete" if tried.not_checked else "passed"


def not_checked_lines(tried: Tried) -> tuple[NotChecked, ...]:
    """What could not be checked, and why."""
    return tuple(
        NotChecked(checker=each.checker, untrusted_why=shortened(each.why, LONGEST_WHY)) for each in tried.not_checked
    )


def unchecked_words(tried: Tried) -> str:
    """What to know of a template that was not wholly checked; nothing of another."""
    names = ", ".join(each.checker for each in tried.not_checked)
    return f"Kept, but not checked by {names}: no pass. " if names else ""


def finding_line(finding: Finding) -> FindingLine:
    """A finding, with what comes from outside apart."""
    return FindingLine(
        severity=finding.severity,
        rule=finding.rule,
        untrusted_place=finding.place or ", ".join(finding.untrusted_places),
        what=finding.what,
        untrusted_why=finding.why,
        mend=finding.mend,
    )


async def _draft(
    request: CreateTemplate, call: Call, root: Path, new_templates: NewTemplates
) -> tuple[RenderedFile, ...]:
    if request.directory is not None:
        return await new_templates.drafts.read(_folder(request.directory, call, root))
    if request.files:
        return new_templates.drafts.given(request.files)
    said = request.description or f"Made of the project {root.name}."
    taken = frozenset(request.accept or ())
    return await new_templates.drafted(root, request.name, checked_version(request.version), said[:300], taken)


def _folder(named: str, call: Call, root: Path) -> Path:
    """A folder of the project; the command line may name any, from where it stands.

    Raises Refused (path_outside, invalid_template).
    """
    is_away = asker_of(call.caller) is Asker.AWAY
    try:
        folder = Path(root if is_away else call.directory or root, named).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # links in a ring, a NUL
        raise refuse(
            "path_outside",
            f"{named!a} is no folder.",
            why=str(error),
            mend="Name a folder that there is.",
            field="directory",
        ) from None
    if is_away and root.resolve() not in folder.parents:
        raise refuse(
            "path_outside",
            "The folder is not inside of the project.",
            mend="Name one of the project's, or give the files themselves.",
            field="directory",
        )
    if not folder.is_dir():
        raise refuse(
            "invalid_template",
            f"There is no folder {named!a}.",
            mend="Name the folder that has template.toml and files/.",
            field="directory",
        )
    return folder


def _proposal(request: CreateTemplate, proposed: tuple[Proposed, ...], caller: Caller) -> NewTemplate:
    names = [each.proposal.parameter.name for each in proposed]
    return NewTemplate(
        name=request.name,
        state="proposed",
        proposed=tuple(_line(each) for each in proposed),
        next_step=caller.told(
            command=_accepting(request, names),
            tool=f"Nothing was written. Call it again with accept={names!r}, or fewer: `name` and `id` are needed.",
        ),
    )


def _accepting(request: CreateTemplate, names: Iterable[str]) -> str:
    """The command that takes what is proposed, of the same project and for the same people."""
    project = ("--project", request.project) if request.project is not None else ()
    accepted = (word for name in names for word in ("--accept", name))
    whose = ("--user",) if request.user else ()
    return shlex.join(("kr8", "template", "create", request.name, *project, *accepted, *whose))


def _line(proposed: Proposed) -> ProposedParameter:
    most = sorted(proposed.places.items(), key=lambda item: (-item[1], item[0]))
    return ProposedParameter(
        name=proposed.proposal.parameter.name,
        untrusted_parameter=proposed.proposal.parameter,
        untrusted_text=proposed.proposal.text,
        untrusted_places=tuple(f"{path} ({count})" for path, count in most[:PLACES]),
    )


def _for_people() -> Refused:
    return refuse(
        "not_for_agents",
        "A template for all projects of the user is made by people.",
        mend="Leave `user` out: then it is the project's. A person runs: kr8 template create --user",
        field="user",
    )
