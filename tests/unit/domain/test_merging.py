"""One list of what many tools find: once, at the block or in it, and waived by the name that is meant."""

from __future__ import annotations

from datetime import date

import pytest

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Found
from kr8.domain.merging import apart, idle, merged
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


def test_what_weighs_more_at_the_whole_block_stands_at_each_place_in_it() -> None:
    worse = found("checkov/CKV_AWS_70", Severity.CRITICAL, "main.tf:1")
    milder = [found("kr8/s3-public-policy", Severity.LOW, f"main.tf:{line}") for line in (3, 7)]
    listed = merged((*milder, worse), BLOCKS)
    assert told(listed) == [(worse.rule, place, (milder[0].rule,)) for place in ("main.tf:3", "main.tf:7")]
    assert {each.finding.severity for each in listed} == {Severity.CRITICAL}


def test_of_what_weighs_the_same_kr8s_own_words_stand() -> None:
    theirs = found("checkov/CKV_DOCKER_7", Severity.MEDIUM, "Dockerfile:1")
    own = found("kr8/image-unpinned", Severity.MEDIUM, "Dockerfile:1")
    assert told(merged((theirs, own))) == [(own.rule, "Dockerfile:1", (theirs.rule,))]


def test_two_secrets_in_a_block_are_told_each_at_its_line() -> None:
    block = found("checkov/CKV_AWS_46", Severity.HIGH, "main.tf:1")
    words = [found("secrets/secret-keyword", Severity.MEDIUM, f"main.tf:{line}") for line in (5, 9)]
    listed = [(each.finding.place, each.finding.severity) for each in merged((block, *words), BLOCKS)]
    assert listed == [("main.tf:5", Severity.HIGH), ("main.tf:9", Severity.HIGH)]


@pytest.mark.parametrize(
    "names",
    [
        ("checkov/CKV_AWS_286", "checkov/CKV_AWS_288"),  # to give oneself rights, and to carry data out
        ("checkov/CKV_AWS_110", "checkov/CKV_AWS_111"),
        ("checkov/CKV_AWS_24", "checkov/CKV_AWS_25"),  # SSH and RDP
        ("checkov/CKV_K8S_11", "checkov/CKV_K8S_13"),  # limits of CPU and of memory
    ],
)
def test_different_things_that_one_tool_says_are_told_and_waived_apart(names: tuple[str, str]) -> None:
    listed = merged([found(name, Severity.HIGH, "main.tf:1") for name in names], BLOCKS)
    assert told(listed) == [(name, "main.tf:1", ()) for name in names]
    assert [each.finding.rule for each in apart(listed, [waiver(names[0])])[0]] == [names[1]]


def test_what_says_the_whole_is_told_once_and_not_waived_by_the_name_of_a_part() -> None:
    parts = [found(f"checkov/CKV_K8S_{number}", Severity.MEDIUM, "main.tf:1") for number in (11, 13)]
    whole = found("kr8/kubernetes-no-resources", Severity.MEDIUM, "main.tf:1")
    listed = merged((*parts, whole), BLOCKS)
    assert told(listed) == [(whole.rule, "main.tf:1", tuple(each.rule for each in parts))]
    assert [apart(listed, [waiver(name)])[1] for name in ("checkov/CKV_K8S_11", "checkov/CKV_K8S_13")] == [(), ()]
    assert len(apart(listed, [waiver(whole.rule)])[1]) == 1


def test_what_rights_without_a_bound_are_good_for_is_told_with_them() -> None:
    uses = [found(f"checkov/CKV_AWS_{number}", Severity.HIGH, "main.tf:1") for number in (286, 288, 290)]
    whole = found("kr8/iam-wildcard", Severity.HIGH, "main.tf:2")
    assert len(merged(uses, BLOCKS)) == 3
    assert [each.finding.rule for each in merged((*uses, whole), BLOCKS)] == [whole.rule]


ENCRYPTED, OWN_KEY = (f"checkov/CKV_AWS_{number}" for number in (3, 189))


def test_what_is_not_encrypted_at_all_is_told_once_and_what_has_no_key_of_ones_own_too() -> None:
    both = [found(ENCRYPTED, Severity.HIGH, "main.tf:1"), found(OWN_KEY, Severity.LOW, "main.tf:1")]
    listed = merged(both, BLOCKS)
    assert told(listed) == [(ENCRYPTED, "main.tf:1", (OWN_KEY,))]
    assert apart(listed, [waiver(OWN_KEY)])[1] == (), "who does without an own key did not mean that"
    assert idle([waiver(OWN_KEY)], listed) == (), "it is wanted as soon as the whole is mended"
    assert len(apart(merged(both[1:], BLOCKS), [waiver(OWN_KEY)])[1]) == 1
    assert idle([waiver(OWN_KEY)], merged(both[:1], BLOCKS)) != ()


def test_a_block_ends_where_the_next_begins() -> None:
    elsewhere = SSH.model_copy(update={"place": "main.tf:21"})
    assert told(merged((WHOLE, elsewhere), BLOCKS)) == [(SSH.rule, "main.tf:21", ()), (WHOLE.rule, "main.tf:1", ())]


def test_rules_that_mean_different_things_stay_apart_in_one_block() -> None:
    other = found("checkov/CKV_AWS_23", Severity.LOW, "main.tf:1")
    assert len(merged((SSH, other), BLOCKS)) == 2


def test_what_one_tool_says_of_a_file_and_another_of_lines_in_it_is_told_at_these() -> None:
    whole = found("checkov/CKV2_GHA_1", Severity.MEDIUM, "ci.yml")
    jobs = [found("zizmor/excessive-permissions", Severity.MEDIUM, f"ci.yml:{line}") for line in (11, 25)]
    assert told(merged((whole, *jobs))) == [
        (jobs[0].rule, place, (whole.rule,)) for place in ("ci.yml:11", "ci.yml:25")
    ]
    assert told(merged((whole,))) == [(whole.rule, "ci.yml", ())]


def waiver(rule: str) -> Waiver:
    return Waiver(rule=rule, place="*", owner="ada", reason="a lab", expires=date(2027, 1, 31), line=1)


def test_what_is_critical_is_waived_by_its_own_name_alone() -> None:
    listed = merged((WHOLE, SSH), BLOCKS)
    assert apart(listed, [waiver(WHOLE.rule)])[1] == ()
    assert [each.finding.rule for each in apart(listed, [waiver(SSH.rule)])[1]] == [SSH.rule]


def test_what_is_not_critical_is_waived_by_the_name_that_another_tool_has_for_it() -> None:
    both = (
        found("checkov/CKV_AWS_21", Severity.LOW, "main.tf:1"),
        found("kr8/s3-without-versioning", Severity.MEDIUM, "main.tf:1"),
    )
    assert len(apart(merged(both, BLOCKS), [waiver("checkov/CKV_AWS_21")])[1]) == 1
