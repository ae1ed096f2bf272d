"""Findings that stand today, waived until a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from kr8.catalogue.operation import Call, operation
from kr8.catalogue.redaction import Redaction
from kr8.domain.caller import Audience, Effect
from kr8.domain.finding import Severity
from kr8.domain.infrastructure_check import Part, Verdict
from kr8.domain.model import Model
from kr8.domain.rights import Reach
from kr8.domain.waiver import FILE
from kr8.domain.waiving import Promise
from kr8.operations.kr8.fields import ProjectArgument, WaitForChecks
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.validating import Underway
from kr8.workflows.validation import ALL_PARTS
from kr8.workflows.waiving import Waived, Waiving

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\x00-\x1f\x7f]+$")]


class WaiveFindings(Model):
    """Of which project, and what of it; who answers for it, why and until when."""

    project: ProjectArgument = None
    parts: Annotated[tuple[Part, ...], Field(description="Default: all.", json_schema_extra={"positional": True})] = ()
    reason: Annotated[
        Words,
        Field(max_length=500, description="Why the project lives with them.", json_schema_extra={"freeWords": True}),
    ]
    until: Annotated[date, Field(description="The last day, YYYY-MM-DD, at most 366 days ahead.")]
    owner: Annotated[Words | None, Field(max_length=100, description="Who comes back to them. Default: you.")] = None
    preview: Annotated[bool, Field(description="Only show the diff.")] = False
    wait_s: WaitForChecks = 20


class LeftFinding(Model):
    """What is not waived, and why."""

    severity: Severity
    rule: str
    untrusted_place: str | None
    untrusted_why: str
    """Of what was not checked, words of tools and of files are in it."""


class WaiveReport(Model):
    """What was waived, and what was not."""

    state: Literal["running", "done"]
    findings: int = 0
    """How many are waived."""
    waivers: int = 0
    """By how many waivers: one for each rule and file."""
    file: str = FILE
    written: bool = False
    left: tuple[LeftFinding, ...] = ()
    verdict: Verdict | None = None
    """What validation comes to with them."""
    untrusted_diff: str = ""
    running: tuple[str, ...] = ()
    next_step: str


@operation(Effect.CHANGE, command="waive", audience=Audience.PEOPLE, reach=Reach.NOTHING, idempotent=True)
async def waive_findings(
    request: WaiveFindings, call: Call, checkouts: Checkouts, waiving: Waiving, redaction: Redaction
) -> WaiveReport:
    """Waive what validation finds today, by a waiver for each rule and file, until a day.

    Critical findings, secrets and what was not checked are left: each asks for a person's own waiver. Commits nothing.
    """
    repository = await checkouts.repository(request.project, call.directory)
    checkouts.grounds.require(repository, call.caller)
    parts = frozenset(request.parts) or ALL_PARTS
    promise = Promise(owner=request.owner or call.caller.name, reason=request.reason, expires=request.until)
    waived = await waiving.of_checkout(
        repository, parts, request.wait_s, call.caller.label(), promise, preview=request.preview
    )
    if isinstance(waived, Underway):
        names = tuple(sorted(waived.progress.running))
        return WaiveReport(state="running", running=names, next_step="Call again, with the same arguments.")
    return report(waived, (await redaction.redactor()).text, preview=request.preview)


def report(waived: Waived, mask: Callable[[str], str], *, preview: bool) -> WaiveReport:
    """What became of the findings. `mask`: masks secrets."""
    return WaiveReport(
        state="done",
        findings=waived.findings,
        waivers=len(waived.entries),
        written=bool(waived.entries) and not preview,
        left=tuple(
            LeftFinding(
                severity=each.severity, rule=each.rule, untrusted_place=each.place, untrusted_why=mask(each.why)
            )
            for each in waived.left
        ),
        verdict=waived.verdict,
        untrusted_diff=mask(waived.difference),
        next_step=_next_step(waived, preview=preview),
    )


def _next_step(waived: Waived, *, preview: bool) -> str:
    if not waived.entries:
        return "Nothing was waived: nothing stands that may be waived file by file."
    if preview:
        return "Nothing was written yet: call without --preview."
    return f"Look at the diff, and commit {FILE}. Each waiver ends on its day; then its findings stand again."
