"""How much a check of actionlint matters (pure): it has no levels itself."""

from __future__ import annotations

from kr8.domain.finding import Severity

SEVERITIES = {
    # A stranger's words become a command.
    "untrusted-input": Severity.HIGH,
    "credentials": Severity.HIGH,
    # GitHub does not take it.
    "syntax-check": Severity.HIGH,
    "expression": Severity.HIGH,
    "job-needs": Severity.HIGH,
    "id": Severity.HIGH,
    # It knows the labels of GitHub's own runners, and of others those that .github/actionlint.yaml names.
    "runner-label": Severity.LOW,
    "shellcheck-error": Severity.HIGH,
    "shellcheck-info": Severity.LOW,
    "shellcheck-style": Severity.INFO,
}


def severity_of(kind: str) -> Severity:
    """The severity of a check."""
    return SEVERITIES.get(kind, Severity.MEDIUM)
