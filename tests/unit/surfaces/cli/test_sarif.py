"""SARIF by the schema of its standard: every form that a finding takes is one that code hosts read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from tests.support.reports import MISSING, WAIVED, finding, report

from kr8.surfaces.cli.render import sarif

SCHEMA = Path(__file__).parents[3] / "data" / "sarif" / "sarif-schema-2.1.0.json"


@pytest.fixture(scope="module")
def standard() -> Draft4Validator:
    schema = json.loads(SCHEMA.read_text())
    Draft4Validator.check_schema(schema)
    return Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)


def mistakes(standard: Draft4Validator, document: dict[str, Any]) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in standard.iter_errors(document)]


@pytest.mark.parametrize(
    "told",
    [
        report(),
        report(findings=[], waivers=[]),
        report(not_checked=[MISSING], waivers=[WAIVED]),
        report(findings=[finding(severity=severity) for severity in ("critical", "high", "medium", "low", "info")]),
        report(findings=[finding(untrusted_place=place) for place in ("a b/ü%.tf:7", "kr8.toml", "a:b", "", "a.tf:0")]),
        report(findings=[finding(link="", mend="", untrusted_why="")]),
        report(findings=[finding(), finding(untrusted_place="infra/other.tf:1")]),
    ],
)
def test_what_is_written_is_what_the_standard_says(standard: Draft4Validator, told: dict[str, Any]) -> None:
    assert mistakes(standard, sarif.document(told)) == []


def test_the_schema_does_refuse_what_is_no_sarif(standard: Draft4Validator) -> None:
    document = sarif.document(report())
    document["runs"][0]["results"][0]["level"] = "fatal"
    del document["runs"][0]["tool"]
    assert len(mistakes(standard, document)) == 2


def test_information_is_no_alert_and_only_what_is_about_security_has_a_score() -> None:
    told = [
        finding(rule="checkov/CKV_AWS_24", severity="high"),
        finding(rule="hadolint/DL3008", severity="medium", security=False),
        finding(rule="kr8/single-instance", severity="low", security=False),
        finding(rule="kr8/iam-wildcard", severity="info"),
    ]
    (run,) = sarif.document(report(findings=told, waivers=[]))["runs"]
    assert [each["ruleId"] for each in run["results"]] == [each["rule"] for each in told[:3]]
    assert {each["id"]: each["properties"] for each in run["tool"]["driver"]["rules"]} == {
        "checkov/CKV_AWS_24": {"security-severity": "8.0"},
        "hadolint/DL3008": {"problem.severity": "warning"},
        "kr8/single-instance": {"problem.severity": "recommendation"},
    }
