"""What hadolint said, as findings (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from kr8.domain.dockerfile import Spaced, lines_for_other_shells
from kr8.domain.finding import Finding, Severity
from kr8.domain.headline import headline

SEVERITIES = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "info": Severity.LOW,
    "style": Severity.INFO,
}
SHELL = "SC"
"""What the codes of shellcheck begin with: hadolint asks it about each RUN."""
WEIGHED = {"hadolint/DL4000": Severity.LOW}
"""Rules that hadolint itself calls errors: MAINTAINER is deprecated, and does what it did."""
_INSTRUCTION = re.compile(r"`([A-Z]{2,12}(?: --?[a-z][a-z-]*)?)`")
"""What it quotes that is Docker's own word; names of labels, say, are anybody's."""
NOT_READ = "hadolint/DL1000"
"""It has stopped at a line that it does not understand."""


def found(said: bytes) -> tuple[Finding, ...] | None:
    """The findings; None: it did not answer."""
    try:
        told: list[dict[str, Any]] = json.loads(said)
    except ValueError:
        return None
    return tuple(_finding(each) for each in told)


def judged(findings: Iterable[Finding], read: Mapping[str, Spaced]) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """What of it holds of these Dockerfiles, and those that hadolint does not understand, though they may be in order.

    It has shellcheck look at commands for PowerShell too, and knows some forms of here-documents only.
    """
    others = {path: lines_for_other_shells(each.text) for path, each in read.items()}
    kept: list[Finding] = []
    unread: list[str] = []
    for each in findings:
        path, _, line = (each.place or "").rpartition(":")
        if each.rule == NOT_READ and not read[path].is_whole:
            unread.append(path)
        elif not (each.rule.startswith("shellcheck/") and int(line) in others[path]):
            kept.append(each.model_copy(update={"place": f"{path}:{read[path].line(int(line))}"}))
    return tuple(kept), tuple(unread)


def _finding(each: dict[str, Any]) -> Finding:
    code = str(each["code"])
    of_shell = code.startswith(SHELL)
    wiki = "https://www.shellcheck.net/wiki" if of_shell else "https://github.com/hadolint/hadolint/wiki"
    tool = "shellcheck" if of_shell else "hadolint"
    rule = f"{tool}/{code}"
    message = str(each["message"]) if of_shell else _INSTRUCTION.sub(r"\1", str(each["message"]))
    return Finding(
        rule=rule,
        severity=WEIGHED.get(rule) or SEVERITIES.get(each["level"], Severity.MEDIUM),
        what=headline(message, f"What {tool}'s rule {code} asks for does not hold."),
        why=str(each["message"]).strip()[:1000],
        mend=f"Do what it says; its page shows how. Or say so above it: # hadolint ignore={code}",
        place=f"{str(each['file']).removeprefix('./')}:{max(1, each['line'])}",
        link=f"{wiki}/{code}",
    )
