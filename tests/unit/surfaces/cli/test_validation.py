"""What was found, in each format, by values."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.support.reports import MISSING, WAIVED, finding, report

from kr8.surfaces.cli.flows.fix import underway
from kr8.surfaces.cli.render import junit, markdown, sarif, validation


def text(value: dict[str, Any]) -> str:
    return "\n".join(line.text for line in validation.lines(value))


def test_text_has_the_worst_first_and_the_verdict_last() -> None:
    shown = text(report(not_checked=[MISSING], waivers=[WAIVED], waived=1, next="abc.100"))
    assert shown.startswith("high: infra/my file.tf:6: SSH is open. [checkov/CKV_AWS_24]")
    assert "not checked: terraform: terraform is not on this machine." in shown
    assert "waived: kr8/x" in shown and "ada" in shown and "--cursor abc.100" in shown
    assert shown.splitlines()[-1] == "findings: 1 high, 1 waived"


def test_what_is_incomplete_never_reads_like_a_pass() -> None:
    value = report(verdict="incomplete", findings=[], counts={}, not_checked=[MISSING])
    assert "passed" not in text(value) and "not everything" in text(value)
    assert "passed" not in markdown.text(value) and "not checked" in markdown.text(value)
    assert ElementTree.fromstring(junit.text(value).encode()).find("testsuite/testcase/error") is not None
    assert sarif.document(value)["runs"][0]["invocations"][0]["executionSuccessful"] is False


def test_sarif_has_what_its_schema_requires() -> None:
    document = sarif.document(report(waivers=[WAIVED], not_checked=[MISSING]))
    assert document["version"] == "2.1.0" and document["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = document["runs"]
    assert run["tool"]["driver"]["name"] == "kr8"
    known = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert known == sorted({"checkov/CKV_AWS_24", "kr8/x"})
    for result in run["results"]:
        assert result["ruleId"] in known and result["message"]["text"]
        assert result["level"] in ("none", "note", "warning", "error")
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == "infra/my%20file.tf"
        assert physical["region"]["startLine"] == 6
    suppressed = [result for result in run["results"] if "suppressions" in result]
    assert [result["suppressions"][0]["kind"] for result in suppressed] == ["external"]
    for notice in run["invocations"][0]["toolExecutionNotifications"]:
        assert notice["level"] == "error" and "terraform" in notice["message"]["text"]


def test_sarif_of_a_finding_without_a_line_or_place() -> None:
    document = sarif.document(
        report(
            findings=[
                finding(untrusted_place=None),
                finding(untrusted_place="infra"),
                finding(untrusted_place="a.tf:0"),
            ]
        )
    )
    first, second, third = document["runs"][0]["results"]
    assert "locations" not in first
    assert "region" not in second["locations"][0]["physicalLocation"]
    assert "region" not in third["locations"][0]["physicalLocation"]


def test_junit_counts_and_carries_any_text() -> None:
    hostile = finding(what="<![CDATA[ & \x1b[31m \ud800 ]]>", severity="critical")
    info = finding(severity="info")
    told = junit.text(report(findings=[hostile, info], not_checked=[MISSING], waivers=[WAIVED]))
    suite = ElementTree.fromstring(told.encode()).find("testsuite")
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    failure = suite.find("testcase/failure")
    assert failure is not None and "<![CDATA[ & " in str(failure.get("message"))


def test_markdown_is_a_table_in_which_nothing_of_the_files_is_markup() -> None:
    hostile = finding(what="a | b\n# head <img src=x onerror=alert(1)> [l](javascript:x) `c`")
    shown = markdown.text(report(findings=[hostile]))
    rows = [line for line in shown.splitlines() if line.startswith("| high")]
    assert len(rows) == 1 and len(re.findall(r"(?<!\\)\|", rows[0])) == 5
    assert "\\<img" in rows[0] and "\\[l\\]" in rows[0] and "\n#" not in shown.replace("### kr8", "")


LEFT = {"untrusted_pattern": "third_party/**", "files": 12}


def test_what_is_left_out_is_told_in_every_format() -> None:
    value = report(verdict="passed", findings=[], counts={}, not_judged=[LEFT], files_not_judged=12)
    assert text(value).splitlines()[-1] == "passed: 12 left out"
    assert "left out by kr8.toml: third_party/** (files of code: 12)" in text(value)
    assert "code: 12" in markdown.text(value) and r"third\_party/\*\*" in markdown.text(value)
    (notice,) = sarif.document(value)["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert notice["level"] == "note" and "third_party/** (files of code: 12)" in notice["message"]["text"]
    assert sarif.document(value)["runs"][0]["invocations"][0]["executionSuccessful"] is True
    case = ElementTree.fromstring(junit.text(value).encode()).find("testsuite/testcase[@name='third_party/**']")
    assert case is not None and case.find("skipped") is not None


def test_where_all_is_left_out_it_reads_so_and_not_like_a_pass() -> None:
    shown = text(report(verdict="nothing", findings=[], counts={}, not_judged=[LEFT], files_not_judged=12))
    assert shown.splitlines()[-1] == "nothing to check: all code is left out: 12 left out"


SECRETS = {"checker": "secrets", "findings": 0, "seconds": 0.1, "cached": False}


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([{**SECRETS, "state": "checked"}], "judged for secrets alone"),
        ([{**SECRETS, "state": "not_checked"}], "not judged"),
        ([{**SECRETS, "checker": "terraform", "state": "checked"}], "not judged"),
        ([], "not judged"),
    ],
)
def test_what_is_left_out_is_judged_for_secrets_only_where_somebody_looked_for_them(
    checks: list[dict[str, Any]], said: str
) -> None:
    value = report(verdict="passed", findings=[], counts={}, checks=checks, not_judged=[LEFT], files_not_judged=12)
    for shown in (text(value), markdown.text(value), str(sarif.document(value)), junit.text(value)):
        assert f"12), {said}" in shown.replace("\\", "")


@pytest.mark.parametrize(
    ("running", "said"), [(["checkov", "kr8"], "validating: checkov, kr8"), ([], "validating: waiting to begin")]
)
def test_what_goes_on_is_said_also_where_others_come_first(running: list[str], said: str) -> None:
    assert underway({"running": running}) == said
