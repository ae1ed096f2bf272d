"""A validation as SARIF 2.1.0, which code hosts show beside the lines."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from kr8.surfaces.cli.render import validation
from kr8.version import VERSION

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
INFORMATION = "info"
"""What asks nobody to do anything, and so is no alert."""
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "0.0"}
"""How grave code hosts show what is about security."""
PROBLEMS = {"error": "error", "warning": "warning", "note": "recommendation"}
"""How they show everything else."""


def document(value: Mapping[str, Any]) -> dict[str, Any]:
    """The document. What could not be checked is an error of the run, which then was not successful."""
    told = [finding for finding in value["findings"] if finding["severity"] != INFORMATION]
    results = [*map(_result, told), *map(_suppressed, value["waivers"])]
    run = {
        "tool": {"driver": {"name": "kr8", "version": VERSION, "rules": _rules([*told, *value["waivers"]])}},
        "invocations": [_invocation(value)],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rules = {each["rule"]: each for each in findings}
    return [_rule(rules[name]) for name in sorted(rules)]


def _rule(finding: Mapping[str, Any]) -> dict[str, Any]:
    link = {"helpUri": finding["link"]} if finding["link"] else {}
    severity = finding["severity"]
    weight = {"security-severity": SCORES[severity]} if finding["security"] else {}
    return {
        "id": finding["rule"],
        "shortDescription": {"text": finding["what"]},
        "properties": weight or {"problem.severity": PROBLEMS[LEVELS[severity]]},
        **link,
    }


def _invocation(value: Mapping[str, Any]) -> dict[str, Any]:
    missing = [
        {"level": "error", "message": {"text": f"not checked: {each['checker']}: {each['untrusted_why']}"}}
        for each in value["not_checked"]
    ]
    left_out = [
        {"level": "note", "message": {"text": validation.left_out(each, value)}} for each in value["not_judged"]
    ]
    return {"executionSuccessful": not missing, "toolExecutionNotifications": [*missing, *left_out]}


def _result(finding: Mapping[str, Any]) -> dict[str, Any]:
    message = " ".join(part for part in (finding["what"], finding["untrusted_why"], finding["mend"]) if part)
    where = {"locations": [_location(finding["untrusted_place"])]} if finding["untrusted_place"] else {}
    return {
        "ruleId": finding["rule"],
        "level": LEVELS[finding["severity"]],
        "message": {"text": message},
        **where,
    }


def _suppressed(finding: Mapping[str, Any]) -> dict[str, Any]:
    return {**_result(finding), "suppressions": [{"kind": "external", "justification": finding["untrusted_reason"]}]}


def _location(place: str) -> dict[str, Any]:
    path, _, line = place.rpartition(":")
    if not path or not line.isdecimal():
        path, line = place, ""
    region = {"region": {"startLine": int(line)}} if line and int(line) else {}
    return {"physicalLocation": {"artifactLocation": {"uri": quote(path)}, **region}}
