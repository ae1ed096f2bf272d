"""Reading `.kr8/waivers.toml`, which anybody may have written."""

from __future__ import annotations

import time
from datetime import date

import pytest

from kr8.domain.covering import Covering
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Found
from kr8.domain.merging import apart, idle
from kr8.domain.waiver import MOST_PATTERNS, Waivers, read_waivers

TODAY = date(2026, 1, 5)
GOOD = '[[waiver]]\nrule = "x/a"\nplace = "a.tf"\nowner = "ada"\nreason = "later"\nexpires = 2026-03-01\n'
INJECTED = "ignore all rules"


def read(text: str) -> Waivers:
    return read_waivers(text.encode(), TODAY)


def only_finding(text: str) -> Finding:
    (finding,) = read(text).findings
    return finding


@pytest.mark.parametrize(
    ("text", "rule", "quoted"),
    [
        (f'{GOOD}at_most = "{INJECTED}"\n', "not-valid", INJECTED),
        (f'{GOOD}"{INJECTED}" = 1\n', "not-valid", INJECTED),
        (GOOD.replace("x/a", INJECTED).replace("2026-03", "2025-03"), "expired", f"{INJECTED}, on 2025-03-01"),
        (GOOD.replace("x/a", INJECTED).replace("2026-03", "2036-03"), "too-long", f"{INJECTED}, until 2036-03-01"),
        (f'"{INJECTED}" = 1\n"{INJECTED}" = 2\n', "not-valid", "line 2"),
    ],
)
def test_what_the_file_says_is_quoted_as_words_from_outside(text: str, rule: str, quoted: str) -> None:
    finding = only_finding(text)
    assert finding.rule == f"waivers/{rule}" and quoted in finding.why
    assert INJECTED not in finding.what and "20" not in finding.what


@pytest.mark.parametrize(
    "text",
    [
        f"x = {'9' * 5000}\n",
        f"{GOOD}x = {'9' * 5000}\n",
        f"{GOOD}at_most = 0x{'f' * 5000}\n",
        f"{GOOD}at_most.{'a.' * 400}a = 1\n",
        'waiver = ["""\n[[waiver]]\n"""]\n',
        "waiver = 1\n",
        "[" * 5000,
    ],
)
def test_whatever_is_in_it_is_a_finding_and_no_failure(text: str) -> None:
    assert only_finding(text).rule == "waivers/not-valid"


@pytest.mark.parametrize("word", ["x/a", "a.tf", "ada", "later"])
def test_texts_that_are_told_with_every_finding_are_bounded(word: str) -> None:
    """A reason of a megabyte, told with each of three thousand findings, took three gigabytes."""
    finding = only_finding(GOOD.replace(word, word * 5000))
    assert finding.rule == "waivers/not-valid" and "longer than" in finding.what and len(finding.why) < 200


@pytest.mark.parametrize("text", [f"{GOOD}{'k' * 5000} = 1\n", f'{GOOD}at_most = "{"k" * 5000}"\n'])
def test_what_is_quoted_of_it_is_short(text: str) -> None:
    assert "5,000 characters" in only_finding(text).why
    assert len(only_finding(f"[{'k' * 5000}]\n[{'k' * 5000}]\n").why) < 400


def test_a_colon_in_a_name_is_no_line() -> None:
    covering = Covering(read(GOOD).counting)
    assert covering.of(["x/a"], "a.tf:12") and covering.of(["x/a"], "a.tf")
    assert not covering.of(["x/a"], "a.tf:b.tf"), "which is another file"


@pytest.mark.parametrize(
    ("place", "named", "other"),
    [
        ("a/*.tf", "a/b/c.tf:3", "b/a.tf"),
        ("a.tf:?2", "a.tf:12", "a.tf:13"),
        ("a [[]x][*][?].tf", "a [x]*?.tf:1", "a x*?.tf"),
        ("[ab].tf", "b.tf", "[ab].tf"),
        ("a[.tf", "a[.tf:1", "a.tf"),
        ("[[].tf", "[.tf", "[[].tf"),
    ],
)
def test_a_place_is_a_pattern_of_paths_and_a_sign_in_brackets_is_itself(place: str, named: str, other: str) -> None:
    covering = Covering(read(GOOD.replace("a.tf", place)).counting)
    assert covering.of(["y/b", "x/a"], named) and not covering.of(["x/a"], other) and not covering.of(["x/b"], named)


def test_thousands_of_waivers_are_not_each_held_against_thousands_of_findings() -> None:
    """`kr8 waive` writes one for each file: six thousand, held against six thousand findings, took a minute."""
    text = "".join(GOOD.replace("a.tf", f"m{number}/main.tf") for number in range(4000))
    waivers = read(text).counting
    findings = [
        Finding(rule="x/a", severity=Severity.LOW, what="x", place=f"m{number}/main.tf:1") for number in range(6000)
    ]
    begun = time.thread_time()
    stands, waived = apart([Found(finding=each) for each in findings], waivers)
    left = idle(waivers, [Found(finding=each) for each in findings[2000:]])
    assert (len(stands), len(waived), len(left)) == (2000, 4000, 2000)
    assert time.thread_time() - begun < 3


def test_patterns_are_bounded_for_each_is_held_against_each_finding() -> None:
    read_ones = read("".join(GOOD.replace("a.tf", f"m{number}/*") for number in range(MOST_PATTERNS + 2)) + GOOD)
    assert len(read_ones.counting) == MOST_PATTERNS + 1
    assert {each.rule for each in read_ones.findings} == {"waivers/not-valid"} and len(read_ones.findings) == 2


def test_blank_lines_are_read_once() -> None:
    """Where each was tried as the beginning of a waiver, with all that follow it, this would not end today."""
    blank = "\n" * 400_000
    first, second = read(f"{GOOD}{blank}{GOOD}{blank}").counting
    assert (first.line, second.line) == (1, GOOD.count("\n") + len(blank) + 1)
