"""Infrastructure code, checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.catalogue.redaction import Redaction
from kr8.domain.caller import Effect
from kr8.domain.digest import digest
from kr8.domain.finding import WORST_FIRST, Severity
from kr8.domain.infrastructure_check import CheckState, Found, Part, Validated, Verdict
from kr8.domain.model import Model
from kr8.domain.problem import refuse
from kr8.operations.kr8.fields import ProjectArgument, WaitForChecks
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.validating import Underway, Validating
from kr8.workflows.validation import ALL_PARTS

SHORT = 160
"""The characters of a text that a short answer has."""
NAMED = 5
"""How many patterns a short answer names."""
LONG = 4000
"""The same, of an answer in detail."""
PAGE_CHARACTERS = 5000
"""What the findings of a page without a limit of its own may take: the whole answer stays below 2,000 tokens."""


class ValidateInfrastructure(Model):
    """Which project, and what of it."""

    project: ProjectArgument = None
    parts: Annotated[tuple[Part, ...], Field(description="Default: all.", json_schema_extra={"positional": True})] = ()
    level: Annotated[Literal["static"], Field(description="Applies nothing.")] = "static"
    severity: Annotated[Severity | None, Field(description="The least to list.")] = None
    limit: Annotated[int | None, Field(ge=1, le=1000, description="Default: a page.")] = None
    cursor: Annotated[str | None, Field(description="Next page.")] = None
    detail: Annotated[bool, Field(description="Whole texts, waivers.")] = False
    wait_s: WaitForChecks = 20


class NotChecked(Model):
    """What could not be checked, and why."""

    checker: str
    untrusted_why: str
    """Words of tools and of files are in it."""


class CheckLine(Model):
    """What a checker did."""

    checker: str
    state: CheckState
    findings: int
    seconds: float
    cached: bool


class FindingLine(Model):
    """A finding. Where it is, what tools quote of the files and why it is waived come from outside."""

    severity: Severity
    rule: str
    untrusted_place: str | None
    what: str
    untrusted_why: str = ""
    mend: str = ""
    link: str = ""
    also: tuple[str, ...] = ()
    untrusted_reason: str = ""


class ValidationLine(FindingLine):
    """A finding of a validation."""

    security: bool
    """Whether its rule is about security."""


class LeftOutLine(Model):
    """What a pattern of kr8.toml leaves out: nobody has judged it."""

    untrusted_pattern: str
    files: int
    """Files of code."""


class InfrastructureReport(Model):
    """The verdict; what could not be checked; findings, the worst first."""

    verdict: Verdict | Literal["running"]
    counts: dict[Severity, int] = Field(default_factory=dict[Severity, int])
    waived: int = 0
    not_checked: tuple[NotChecked, ...] = ()
    checks: tuple[CheckLine, ...] = ()
    findings: tuple[ValidationLine, ...] = ()
    waivers: tuple[ValidationLine, ...] = ()
    """What is waived, with reason, owner and last day; only in detail."""
    not_judged: tuple[LeftOutLine, ...] = ()
    """What kr8.toml leaves out; the first patterns, but in detail."""
    files_not_judged: int = 0
    """By all patterns."""
    running: tuple[str, ...] = ()
    next: str | None = None
    """The cursor of the next page."""
    next_step: str


@operation(Effect.READ, command="validate")
async def validate_infrastructure(
    request: ValidateInfrastructure, call: Call, checkouts: Checkouts, validating: Validating, redaction: Redaction
) -> InfrastructureReport:
    """Check the working tree's infrastructure code: one list of findings.

    Verdicts incomplete and nothing (to check) are no pass.
    """
    repository = await checkouts.repository(request.project, call.directory)
    parts = frozenset(request.parts) or ALL_PARTS
    validated = await validating.of_checkout(repository, parts, request.wait_s, call.caller.label())
    if isinstance(validated, Underway):
        return _underway(validated)
    return report(validated, request, (await redaction.redactor()).text)


def _underway(underway: Underway) -> InfrastructureReport:
    names = tuple(sorted(underway.progress.running))
    return InfrastructureReport(verdict="running", running=names, next_step="Call again, with the same arguments.")


def report(validated: Validated, request: ValidateInfrastructure, mask: Callable[[str], str]) -> InfrastructureReport:
    """One page of what was found. `mask`: masks secrets, before texts are cut. Raises Refused (cursor_stale)."""
    first = _offset(request, validated)
    about = validated.security
    listed = _listed(validated, request.severity)
    lines = tuple(_line(each, about, mask, detail=request.detail) for each in listed[first : first + 1000])
    page = lines[: request.limit] if request.limit is not None else _short(lines)
    after = first + len(page)
    more = after < len(listed)
    counted = Counter(each.finding.severity for each in validated.found)
    unchecked = tuple(each for each in validated.checks if each.state is CheckState.NOT_CHECKED)
    return InfrastructureReport(
        verdict=validated.verdict(),
        counts={severity: counted[severity] for severity in WORST_FIRST if counted[severity]},
        waived=len(validated.waived),
        not_checked=tuple(
            NotChecked(checker=each.checker, untrusted_why=_cut(mask(each.why), LONG if request.detail else 2 * SHORT))
            for each in unchecked
        ),
        checks=tuple(_check_line(validated)),
        findings=page,
        waivers=tuple(_line(each, about, mask, detail=True) for each in validated.waived) if request.detail else (),
        not_judged=tuple(
            LeftOutLine(untrusted_pattern=each.pattern, files=each.files)
            for each in validated.left_out[: None if request.detail else NAMED]
        ),
        files_not_judged=sum(each.files for each in validated.left_out),
        next=f"{_list_id(request, validated)}.{after}" if more else None,
        next_step=_next_step(validated, more=more),
    )


def _listed(validated: Validated, least: Severity | None) -> tuple[Found, ...]:
    """The findings of a severity and above."""
    wanted = WORST_FIRST[: WORST_FIRST.index(least or Severity.INFO) + 1]
    return tuple(each for each in validated.found if each.finding.severity in wanted)


def _list_id(request: ValidateInfrastructure, validated: Validated) -> str:
    return digest([validated.digest, request.severity])[:16]


def _offset(request: ValidateInfrastructure, validated: Validated) -> int:
    if request.cursor is None:
        return 0
    of, _, offset = request.cursor.partition(".")
    if of != _list_id(request, validated) or not offset.isdecimal():
        raise refuse(
            "cursor_stale",
            "The files have changed since that page, or it was of other parts or severities.",
            mend="Begin without a cursor.",
            field="cursor",
        )
    return int(offset)


def _line(found: Found, security: tuple[str, ...], mask: Callable[[str], str], *, detail: bool) -> ValidationLine:
    finding = found.finding
    longest = LONG if detail else SHORT
    return ValidationLine(
        security=finding.rule.startswith(security),
        severity=finding.severity,
        rule=finding.rule,
        untrusted_place=finding.place,
        what=_cut(mask(finding.what), longest),
        untrusted_why=_cut(mask(finding.why), longest),
        mend=_cut(mask(finding.mend), longest),
        link=finding.link,
        also=found.also,
        untrusted_reason=found.reason,
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _short(lines: tuple[ValidationLine, ...]) -> tuple[ValidationLine, ...]:
    """As many as fit into a short answer, at least one."""
    taken = 0
    for count, line in enumerate(lines):
        taken += len(line.model_dump_json())
        if count and taken > PAGE_CHARACTERS:
            return lines[:count]
    return lines


def _check_line(validated: Validated) -> list[CheckLine]:
    return [
        CheckLine(
            checker=each.checker,
            state=each.state,
            findings=len(each.findings),
            seconds=each.seconds,
            cached=each.cached,
        )
        for each in validated.checks
        if each.state is not CheckState.NOTHING_TO_CHECK
    ]


def _next_step(validated: Validated, *, more: bool) -> str:
    told = (
        "Nothing was found; the findings of info say what was not judged." if validated.found else "Nothing was found."
    )
    steps = {
        Verdict.PASSED: told,
        Verdict.FINDINGS: "Mend the worst first; what the project must live with goes into .kr8/waivers.toml.",
        Verdict.INCOMPLETE: (
            "Nothing was found, but see not_checked: this is no pass. What has a place can be waived there, as "
            "CHECKER/not-checked."
        ),
        Verdict.NOTHING: (
            "All code is left out by kr8.toml: this is no pass."
            if validated.all_left_out
            else "There is no file here that these checks look at: this is no pass."
        ),
    }
    not_judged = " What not_judged names is left out by kr8.toml." if validated.left_out else ""
    return steps[validated.verdict()] + not_judged + (" `next` is the cursor of the next page." if more else "")
