"""What shellcheck said, as findings (pure)."""

from __future__ import annotations

import json
from typing import Any

from kr8.domain.finding import Finding, Severity
from kr8.domain.headline import headline

SEVERITIES = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "info": Severity.LOW,
    "style": Severity.INFO,
}
NO_FIRST_LINE = 2148
"""The script does not say which shell it is for, as those that are sourced do not."""
OTHER_SHELL = 1071
"""The script is for a shell that it does not know, such as zsh."""


def found(said: bytes) -> tuple[tuple[Finding, ...], tuple[str, ...]] | None:
    """The findings, and the scripts that it does not understand; None: it did not answer."""
    try:
        told: list[dict[str, Any]] = json.loads(said)["comments"]
    except (ValueError, KeyError, TypeError):
        return None
    others = sorted({_path(each) for each in told if each["code"] == OTHER_SHELL})
    findings = [_finding(each) for each in told if each["code"] != OTHER_SHELL]
    return tuple(findings), tuple(others)


def _finding(each: dict[str, Any]) -> Finding:
    code = f"SC{each['code']}"
    severity = Severity.LOW if each["code"] == NO_FIRST_LINE else SEVERITIES.get(each["level"], Severity.MEDIUM)
    return Finding(
        rule=f"shellcheck/{code}",
        severity=severity,
        what=headline(str(each["message"]), f"What shellcheck's rule {code} asks for does not hold."),
        why=str(each["message"]).strip()[:1000],
        mend=f"Do what it says; its page shows how. Or say why not above it: # shellcheck disable={code} # the reason",
        place=f"{_path(each)}:{each['line']}",
        link=f"https://www.shellcheck.net/wiki/{code}",
    )


def _path(each: dict[str, Any]) -> str:
    return str(each["file"]).removeprefix("./")
