"""The infrastructure code of a commit that is to be deployed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kr8.domain.code_names import is_waited_for
from kr8.domain.deployment import Deployment
from kr8.domain.finding import WORST_FIRST, Finding, Severity
from kr8.domain.infrastructure_check import CheckState, Found, LeftOut, Part, Validated
from kr8.domain.problem import Refused
from kr8.workflows.building import Findings, at
from kr8.workflows.outside import Outside

PARTS = frozenset({Part.TERRAFORM, Part.KUBERNETES, Part.ANSIBLE})
MOST = 20
"""How many critical findings a plan names."""


async def validate(outside: Outside, deployment: Deployment) -> Findings:
    """What a plan says of the commit's infrastructure code: a critical finding refuses it, the others are counted."""
    repository, commit = at(deployment)
    paths = await outside.repositories.paths(repository, commit)
    if not is_waited_for(paths.files, paths.links, paths.submodules):
        return Findings(found=())
    await outside.note(deployment.id, "validate", "checking the infrastructure code of the commit")
    try:
        return Findings(found=tuple(_told(await outside.validation.of_commit(repository, commit, PARTS))))
    except Refused as refused:  # the services do not depend on it
        return Findings(found=(_unchecked("all", refused.problem.what),))


def _told(validated: Validated) -> Iterator[Finding]:
    findings = [each.finding for each in validated.found]
    yield from [_in_a_plan(finding) for finding in findings if finding.severity is Severity.CRITICAL][:MOST]
    counts = Counter(finding.severity for finding in findings)
    others = [f"{counts[each]} {each}" for each in WORST_FIRST[1:] if counts[each] and each is not Severity.INFO]
    if others:
        yield Finding(
            rule="infrastructure_findings",
            severity=Severity.MEDIUM if counts[Severity.HIGH] or counts[Severity.MEDIUM] else Severity.LOW,
            what=f"Validation of the infrastructure code found {', '.join(others)}.",
            mend="kr8 validate shows them.",
        )
    if validated.waived:
        yield _waived(validated.waived)
    if files := sum(each.files for each in validated.left_out):
        yield _left_out(validated.left_out, files)
    for check in validated.checks:
        if check.state is CheckState.NOT_CHECKED:
            yield _unchecked(check.checker, check.why)


def _waived(waived: tuple[Found, ...]) -> Finding:
    """Who approves a plan sees how much of what was found it lives with, and what of that would refuse it."""
    critical = [each for each in waived if each.finding.severity is Severity.CRITICAL]
    grave = f", {len(critical)} of them critical" if critical else ""
    return Finding(
        rule="infrastructure_waived",
        severity=Severity.MEDIUM if critical else Severity.LOW,
        what=f"Of what was found in the infrastructure code, {len(waived)} are waived{grave}.",
        mend="kr8 validate --detail shows each, with owner, reason and last day.",
        untrusted_places=tuple(f"{each.finding.rule} {each.finding.place}: {each.reason}" for each in critical[:MOST]),
    )


def _left_out(left_out: tuple[LeftOut, ...], files: int) -> Finding:
    """Who approves a plan sees how much code nobody has judged."""
    return Finding(
        rule="infrastructure_left_out",
        severity=Severity.MEDIUM,
        what=f"kr8.toml leaves out files of infrastructure code, which nobody has judged: {files}.",
        mend="Look at leave_out in kr8.toml: what the project deploys does not belong there.",
        untrusted_places=tuple(f"{each.pattern} ({each.files})" for each in left_out if each.files),
    )


def _in_a_plan(finding: Finding) -> Finding:
    """Where it is and what a tool quotes are words from outside: a plan says them in a field of their own."""
    outside = tuple(filter(None, (finding.place, finding.why)))
    return finding.model_copy(update={"place": None, "why": "", "untrusted_places": outside})


def _unchecked(checker: str, why: str) -> Finding:
    return Finding(
        rule="infrastructure_not_checked",
        severity=Severity.MEDIUM,
        what=f"The infrastructure code was not checked by {checker}.",
        mend="kr8 validate says what is missing.",
        untrusted_places=(why[:500],),
    )
