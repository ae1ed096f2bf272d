"""What zizmor said, as findings (pure)."""

from __future__ import annotations

import json
import re
from typing import Any

from kr8.domain.finding import Finding, Severity
from kr8.domain.headline import headline
from kr8.domain.suppressed import told_as_one

SEVERITIES = {
    "High": Severity.HIGH,
    "Medium": Severity.MEDIUM,
    "Low": Severity.LOW,
    "Informational": Severity.INFO,
}
UNSURE = "Low"
"""A confidence: it may well be wrong, so that what it finds counts one level less."""
NOT_YET = frozenset({"self-repository"})
"""What it advises and actionlint does not take: a way to name actions that GitHub has had since July 2026."""
_READ = re.compile(rb" completed (.+)$", re.MULTILINE)
NOTHING = b"[]"
"""How it says that it has found nothing."""
IGNORING = "https://docs.zizmor.sh/usage/#ignoring-results"
BLOCK = "this run block"
"""Where a script begins: other checkers name that line, and not the one in the script."""


def found(said: bytes, without_settings: bytes = NOTHING) -> tuple[Finding, ...] | None:
    """The findings; None: it did not answer. `without_settings`: what it says where the repository has settings."""
    try:
        told, every = _known(said), _known(without_settings)
    except ValueError:
        return None
    here = {_key(each) for each in told}
    suppressed = [each for each in told if each["ignored"]] + [each for each in every if _key(each) not in here]
    words = [f"{ident} at {place}" for ident, place in map(_key, suppressed)]
    findings = (_finding(each) for each in told if not each["ignored"])
    return (*findings, *([told_as_one("zizmor", words, IGNORING)] if words else ()))


def _known(said: bytes) -> list[dict[str, Any]]:
    return [each for each in json.loads(said) if each["ident"] not in NOT_YET]


def _key(each: dict[str, Any]) -> tuple[str, str]:
    return each["ident"], _place(primary_of(each))


def read(said: bytes) -> frozenset[str]:
    """The files that it has read, of what it says beside its findings: others it leaves out, and says no more."""
    return frozenset(match.decode() for match in _READ.findall(said))


def _finding(each: dict[str, Any]) -> Finding:
    primary = primary_of(each)
    block = next((one for one in each["locations"] if one["symbolic"]["annotation"] == BLOCK), primary)
    return Finding(
        rule=f"zizmor/{each['ident']}",
        severity=_severity(each["determinations"]),
        what=headline(each["desc"], f"What zizmor's audit {each['ident']} asks for does not hold."),
        why=f"Line {line_of(primary)} {primary['symbolic']['annotation']}."[:1000],
        mend="Do what the audit's page says under Remediation, or waive it in .kr8/waivers.toml with a reason.",
        place=_place(block),
        link=each["url"],
    )


def _place(location: dict[str, Any]) -> str:
    return f"{path_of(location)}:{line_of(location)}"


def primary_of(each: dict[str, Any]) -> dict[str, Any]:
    """Where a finding is."""
    located: list[dict[str, Any]] = each["locations"]
    return next((one for one in located if one["symbolic"]["kind"] == "Primary"), located[0])


def path_of(location: dict[str, Any]) -> str:
    """The file of a place."""
    return str(location["symbolic"]["key"]["Local"]["verbatim_path"])


def line_of(location: dict[str, Any]) -> int:
    """The line of a place, from 1."""
    return int(location["concrete"]["location"]["start_point"]["row"]) + 1


def _severity(determined: dict[str, str]) -> Severity:
    severity = SEVERITIES.get(determined["severity"], Severity.MEDIUM)
    if determined["confidence"] != UNSURE:
        return severity
    levels = list(Severity)
    return levels[max(0, levels.index(severity) - 1)]
