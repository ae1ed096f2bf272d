"""What checkers did not judge, and what of it somebody waives (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kr8.domain.covering import Covering
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, CheckState, Found, Gap
from kr8.domain.waiver import NOT_CHECKED, Waiver

MEND = "Mend what keeps it from being judged, or waive it in .kr8/waivers.toml with a reason."


def settled(checks: Iterable[Checked], waivers: Iterable[Waiver]) -> tuple[tuple[Checked, ...], tuple[Found, ...]]:
    """The checks without what they did not judge and somebody waives; and each thing that they did not, with the reason
    where it is waived.

    What has no place, such as a tool that is not here, cannot be waived; nor what does not last, such as a provider
    that is not here: another machine, or the next call, may check it.
    """
    covering = Covering(waivers)
    pairs = [_settled(check, covering) for check in checks]
    return tuple(check for check, _ in pairs), tuple(found for _, unjudged in pairs for found in unjudged)


def _settled(check: Checked, covering: Covering) -> tuple[Checked, list[Found]]:
    told = [(gap, _unjudged(check.checker, gap, covering)) for gap in check.gaps]
    left = tuple(gap for gap, found in told if not found.reason)
    state = CheckState.WAIVED if check.gaps and not left else check.state
    return check.model_copy(update={"gaps": left, "state": state}), [found for _, found in told]


def _unjudged(checker: str, gap: Gap, covering: Covering) -> Found:
    rule = f"{checker}/{NOT_CHECKED}"
    what = "This was not judged."
    finding = Finding(rule=rule, severity=Severity.INFO, what=what, why=gap.why, mend=MEND, place=gap.place)
    covered = covering.of([rule], gap.place) if gap.lasting and gap.place is not None else ()
    waiver = next(iter(covered), None)
    return Found(finding=finding, reason=waiver.said() if waiver is not None else "")


def has_been_looked_for(rule: str, checks: Iterable[Checked], rules: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether each checker that could find a rule has judged everything: where none could, nobody ever finds it.

    `rules`: how the names of a checker's rules begin, by its name.
    """
    asked = [check for check in checks if rule.startswith(rules.get(check.checker, (f"{check.checker}/",)))]
    if rule.endswith(f"/{NOT_CHECKED}"):
        return all(gap.lasting and gap.place is not None for check in asked for gap in check.gaps)
    return all(check.state is not CheckState.NOT_CHECKED for check in asked)
