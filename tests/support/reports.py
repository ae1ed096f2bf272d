"""What a validation tells the surfaces, by values."""

from __future__ import annotations

from typing import Any


def finding(**more: Any) -> dict[str, Any]:
    """A finding."""
    return {
        "severity": "high",
        "rule": "checkov/CKV_AWS_24",
        "untrusted_place": "infra/my file.tf:6",
        "what": "SSH is open.",
        "untrusted_why": "It does not hold for x.",
        "mend": "Close it.",
        "link": "https://example.com/rule",
        "also": [],
        "untrusted_reason": "",
        "security": True,
        **more,
    }


def report(**more: Any) -> dict[str, Any]:
    """An answer of validate_infrastructure."""
    return {
        "verdict": "findings",
        "counts": {"high": 1},
        "waived": 0,
        "not_checked": [],
        "checks": [{"checker": "checkov", "state": "checked", "findings": 1, "seconds": 1.5, "cached": False}],
        "findings": [finding()],
        "waivers": [],
        "not_judged": [],
        "files_not_judged": 0,
        "running": [],
        "next": None,
        "next_step": "",
        **more,
    }


MISSING = {"checker": "terraform", "untrusted_why": "terraform is not on this machine."}
WAIVED = finding(rule="kr8/x", untrusted_reason="until spring (ada, until 2027-03-01)")
