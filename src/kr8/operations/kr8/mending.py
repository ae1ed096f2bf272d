"""Findings, mended where the mend is a change of text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.catalogue.redaction import Redaction
from kr8.domain.caller import Caller, Effect
from kr8.domain.infrastructure_check import Part
from kr8.domain.model import Model
from kr8.domain.rights import Reach
from kr8.operations.kr8.fields import ProjectArgument, WaitForChecks
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.mending import Mend, Mending
from kr8.workflows.validating import Underway
from kr8.workflows.validation import ALL_PARTS

SHORT = 4000
"""The characters of all differences together that a short answer has."""
SHORT_FILES = 30


class FixInfrastructure(Model):
    """Of which project, and what of it."""

    project: ProjectArgument = None
    parts: Annotated[tuple[Part, ...], Field(description="Default: all.", json_schema_extra={"positional": True})] = ()
    preview: Annotated[bool, Field(description="Only show the diff.")] = False
    detail: Annotated[bool, Field(description="The whole diff.")] = False
    wait_s: WaitForChecks = 20


class FixedFile(Model):
    """A file, and the rules whose findings are mended in it."""

    untrusted_path: str
    rules: tuple[str, ...]


class LeftFile(Model):
    """A file that was not touched, and why."""

    untrusted_path: str
    rules: tuple[str, ...]
    why: str


class FixReport(Model):
    """What was changed, and what was not."""

    state: Literal["running", "done"]
    changed: int = 0
    files: tuple[FixedFile, ...] = ()
    left: tuple[LeftFile, ...] = ()
    untrusted_diff: str = ""
    running: tuple[str, ...] = ()
    next_step: str


@operation(Effect.CHANGE, command="fix", reach=Reach.NOTHING, idempotent=True)
async def fix_infrastructure(
    request: FixInfrastructure, call: Call, checkouts: Checkouts, mending: Mending, redaction: Redaction
) -> FixReport:
    """Mend what validation finds, where the mend is a mechanical change of text, in the working tree.

    Commits nothing. Files with uncommitted changes are left alone.
    """
    repository = await checkouts.repository(request.project, call.directory)
    checkouts.grounds.require(repository, call.caller)
    parts = frozenset(request.parts) or ALL_PARTS
    mends = await mending.of_checkout(repository, parts, request.wait_s, call.caller.label(), preview=request.preview)
    if isinstance(mends, Underway):
        names = tuple(sorted(mends.progress.running))
        return FixReport(state="running", running=names, next_step="Call again, with the same arguments.")
    return report(mends, request, call.caller, (await redaction.redactor()).text)


def report(
    mends: tuple[Mend, ...], request: FixInfrastructure, caller: Caller, mask: Callable[[str], str]
) -> FixReport:
    """What became of the files. `mask`: masks secrets, before the difference is cut."""
    changed = tuple(each for each in mends if not each.why_not)
    left = tuple(each for each in mends if each.why_not)
    shown = None if request.detail else SHORT_FILES
    whole = mask("".join(each.difference for each in changed))
    cut = not request.detail and len(whole) > SHORT
    return FixReport(
        state="done",
        changed=0 if request.preview else len(changed),
        files=tuple(FixedFile(untrusted_path=each.path, rules=each.rules) for each in changed[:shown]),
        left=tuple(LeftFile(untrusted_path=each.path, rules=each.rules, why=each.why_not) for each in left[:shown]),
        untrusted_diff=f"{whole[:SHORT]}\n…" if cut else whole,
        next_step=_next_step(request, changed, left, caller),
    )


def _next_step(request: FixInfrastructure, changed: tuple[Mend, ...], left: tuple[Mend, ...], caller: Caller) -> str:
    if left and not changed:
        return "Nothing was changed: each file that is left says why. Settle that, and fix again."
    if not changed:
        lists = caller.told(command="kr8 validate", tool="validate_infrastructure")
        return f"Nothing was changed; {lists} lists what has to be mended by hand."
    if request.preview:
        return f"Nothing was changed yet: call without {caller.told(command='--preview', tool='preview')}."
    return "Look at the diff, validate again (what could not be mended is still listed), and commit."
