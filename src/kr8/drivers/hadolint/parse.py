"""What hadolint said, as findings (pure)."""

from __future__ import annotations

import json
from typing import Any

from kr8.domain.finding import Finding, Severity

SEVERITIES = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "info": Severity.LOW,
    "style": Severity.INFO,
}
SHELL = "SC"
"""What the codes of shellcheck begin with: hadolint asks it about each RUN."""


def found(said: bytes) -> tuple[Finding, ...] | None:
    """The findings; None: it did not answer."""
    try:
        told: list[dict[str, Any]] = json.loads(said)
    except ValueError:
        return None
    return tuple(_finding(each) for each in told)


def _finding(each: dict[str, Any]) -> Finding:
    code = str(each["code"])
    of_shell = code.startswith(SHELL)
    wiki = "https://www.shellcheck.net/wiki" if of_shell else "https://github.com/hadolint/hadolint/wiki"
    tool = "shellcheck" if of_shell else "hadolint"
    return Finding(
        rule=f"{tool}/{code}",
        severity=SEVERITIES.get(each["level"], Severity.MEDIUM),
        what=f"What {tool}'s rule {code} asks for does not hold.",
        why=str(each["message"]).strip()[:1000],
        mend=f"Mend it, or say so above it: # hadolint ignore={code}",
        place=f"{str(each['file']).removeprefix('./')}:{max(1, each['line'])}",
        link=f"{wiki}/{code}",
    )
