"""What zizmor says, as values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kr8.domain.finding import Finding, Severity
from kr8.domain.merging import merged
from kr8.drivers.zizmor.driver import is_audited
from kr8.drivers.zizmor.parse import found, read

WORKFLOW = ".github/workflows/a.yml"


def location(row: int, annotation: str, kind: str) -> dict[str, Any]:
    key = {"Local": {"verbatim_path": WORKFLOW}}
    start = {"start_point": {"row": row, "column": 0}}
    return {
        "symbolic": {"key": key, "annotation": annotation, "kind": kind},
        "concrete": {"location": start},
    }


def said(
    ident: str, *locations: dict[str, Any], severity: str = "High", confidence: str = "High", **more: Any
) -> bytes:
    determined = {"severity": severity, "confidence": confidence, "persona": "Regular"}
    each = {"ident": ident, "desc": "code injection", "url": "https://x", "determinations": determined}
    return json.dumps([{**each, "locations": locations, "ignored": False, **more}]).encode()


def test_a_finding_stands_where_it_points() -> None:
    (finding,) = (
        found(said("unpinned-uses", location(3, "this step", "Hidden"), location(6, "is bad", "Primary"))) or ()
    )
    assert (finding.rule, finding.place, finding.severity) == ("zizmor/unpinned-uses", f"{WORKFLOW}:7", Severity.HIGH)
    assert finding.why == "Line 7 is bad." and finding.what == "Code injection."


def test_what_actionlint_and_checkov_find_in_a_script_too_is_one_finding() -> None:
    places = (location(10, "may expand", "Primary"), location(8, "this run block", "Related"))
    (finding,) = found(said("template-injection", *places)) or ()
    assert finding.place == f"{WORKFLOW}:9" and "Line 11" in finding.why
    others = [
        Finding(rule=rule, severity=Severity.HIGH, what=rule, place=f"{WORKFLOW}:9")
        for rule in ("actionlint/untrusted-input", "checkov/CKV_GHA_2")
    ]
    assert len(merged([finding, *others])) == 1


@pytest.mark.parametrize(("severity", "told"), [("High", Severity.MEDIUM), ("Informational", Severity.INFO)])
def test_what_it_is_unsure_of_counts_less(severity: str, told: Severity) -> None:
    (finding,) = found(said("x", location(1, "a", "Primary"), severity=severity, confidence="Low")) or ()
    assert finding.severity is told


def test_what_the_repository_ignores_and_what_actionlint_would_refuse_is_left_out() -> None:
    at = location(1, "a", "Primary")
    assert found(said("self-repository", at)) == ()
    (told,) = found(said("x", at, ignored=True)) or ()
    assert (told.rule, told.severity, told.what) == (
        "zizmor/suppressed",
        Severity.INFO,
        "1 finding is suppressed by comments or settings of zizmor.",
    )


def test_what_settings_suppress_is_told_once_beside_what_comments_do() -> None:
    at, other = location(1, "a", "Primary"), location(4, "b", "Primary")
    every = json.dumps([*json.loads(said("x", at, ignored=True)), *json.loads(said("y", other))]).encode()
    (told,) = found(said("x", at, ignored=True), every) or ()
    assert (told.what[:1], told.why) == ("2", f"x at {WORKFLOW}:2; y at {WORKFLOW}:5")
    assert found(b"[]", b"[]") == ()


def test_no_answer_is_no_answer() -> None:
    assert found(b"fatal: no audit was performed") is None
    assert found(b"[]", b"fatal: no audit was performed") is None


@pytest.mark.parametrize(
    ("path", "told"),
    [(WORKFLOW, True), ("act/action.yml", True), ("a.yml", False), (".github/workflows/notes.md", False)],
)
def test_workflows_and_actions_are_audited(path: str, told: bool) -> None:
    assert is_audited(path) is told


def test_the_files_that_it_has_read_are_those_that_it_names() -> None:
    text = " WARN registry: failed to validate file://a.yml as workflow\n INFO audit: zizmor: 🌈 completed b c.yml\n"
    assert read(text.encode()) == {"b c.yml"} and read(b"") == frozenset()
