"""One list of what many tools find: once, at the block or in it, and waived by the name that is meant."""

from __future__ import annotations

from datetime import date

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Found
from kr8.domain.merging import apart, merged
from kr8.domain.waiver import Waiver

BLOCKS = {"main.tf": (1, 20)}


def found(rule: str, severity: Severity, place: str) -> Finding:
    return Finding(rule=rule, severity=severity, what=f"{rule} at {place}.", mend="Mend it.", place=place)


WHOLE = found("checkov/CKV_AWS_24", Severity.HIGH, "main.tf:1")
SSH = found("kr8/terraform-open-port", Severity.CRITICAL, "main.tf:3")
RDP = found("kr8/terraform-open-port", Severity.CRITICAL, "main.tf:7")


def told(findings: tuple[Found, ...]) -> list[tuple[str, str | None, tuple[str, ...]]]:
    return [(each.finding.rule, each.finding.place, each.also) for each in findings]


def test_what_one_tool_says_of_a_block_and_another_of_a_line_in_it_is_told_once() -> None:
    assert told(merged((WHOLE, SSH), BLOCKS)) == [(SSH.rule, "main.tf:3", (WHOLE.rule,))]
    assert len(merged((WHOLE, SSH))) == 2


def test_two_places_in_a_block_are_two_findings() -> None:
    also = (WHOLE.rule,)
    assert told(merged((SSH, WHOLE, RDP), BLOCKS)) == [(SSH.rule, "main.tf:3", also), (RDP.rule, "main.tf:7", also)]


def test_what_weighs_more_at_the_whole_block_stands_there_once() -> None:
    worse = WHOLE.model_copy(update={"severity": Severity.CRITICAL})
    milder = [each.model_copy(update={"severity": Severity.LOW}) for each in (SSH, RDP)]
    assert told(merged((*milder, worse), BLOCKS)) == [(worse.rule, "main.tf:1", (SSH.rule,))]


def test_a_block_ends_where_the_next_begins() -> None:
    elsewhere = SSH.model_copy(update={"place": "main.tf:21"})
    assert told(merged((WHOLE, elsewhere), BLOCKS)) == [(SSH.rule, "main.tf:21", ()), (WHOLE.rule, "main.tf:1", ())]


def test_rules_that_mean_different_things_stay_apart_in_one_block() -> None:
    other = found("checkov/CKV_AWS_23", Severity.LOW, "main.tf:1")
    assert len(merged((SSH, other), BLOCKS)) == 2


def waiver(rule: str) -> Waiver:
    return Waiver(rule=rule, place="*", owner="ada", reason="a lab", expires=date(2027, 1, 31), line=1)


def test_what_is_critical_is_waived_by_its_own_name_alone() -> None:
    listed = merged((WHOLE, SSH), BLOCKS)
    assert apart(listed, [waiver(WHOLE.rule)])[1] == ()
    assert [each.finding.rule for each in apart(listed, [waiver(SSH.rule)])[1]] == [SSH.rule]
    milder = SSH.model_copy(update={"severity": Severity.HIGH})
    assert len(apart(merged((WHOLE, milder), BLOCKS), [waiver(WHOLE.rule)])[1]) == 1
