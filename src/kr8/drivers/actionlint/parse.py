"""What actionlint said, as findings (pure)."""

from __future__ import annotations

import json
import re
from typing import Any

from kr8.domain.finding import Finding
from kr8.domain.headline import headline
from kr8.drivers.actionlint.levels import headline_of, severity_of

UNTRUSTED = "is potentially untrusted"
_OF_A_SCRIPT = re.compile(r"shellcheck reported issue in this script: (SC\d+):(\w+):(\d+):\d+: (.*)", re.DOTALL)
_IN_A_BLOCK = re.compile(r"run: *[|>]")
_STRATEGY = '"strategy" section is scalar node but mapping node is expected'
"""GitHub takes an expression for it; actionlint does not."""
_QUEUE = 'unexpected key "queue" for "concurrency" section'
"""GitHub takes it since May 2026; actionlint 1.7.12 does not: github.blog/changelog/2026-05-07."""
_NO_KEY = re.compile(r'property "[\w-]+" is not defined in object type \{\}')
_LINK = "https://github.com/rhysd/actionlint/blob/main/docs/checks.md"


def found(said: bytes, folder: str) -> tuple[Finding, ...] | None:
    """The findings; None: it did not answer. `folder`: the one that it ran in, which no finding names."""
    try:
        told: list[dict[str, Any]] = json.loads(said)
    except ValueError:
        return None
    evaluated = {each["filepath"] for each in told if _is_evaluated(each)}
    return tuple(
        _finding(each, str(each["message"]).replace(f"{folder}/", ""))
        for each in told
        if not _is_taken(each) and not (each["filepath"] in evaluated and _is_of_a_matrix(each))
    )


def _is_taken(each: dict[str, Any]) -> bool:
    """Whether GitHub takes it all the same."""
    return _is_evaluated(each) or str(each["message"]).startswith(_QUEUE)


def _is_evaluated(each: dict[str, Any]) -> bool:
    """Whether it is about a strategy that is whole an expression."""
    return each["message"] == _STRATEGY and "${{" in (each.get("snippet") or "")


def _is_of_a_matrix(each: dict[str, Any]) -> bool:
    """Whether a key of a matrix is missing: what an expression makes has keys that nobody knows."""
    return _NO_KEY.fullmatch(str(each["message"])) is not None and "matrix." in (each.get("snippet") or "")


def _finding(each: dict[str, Any], message: str) -> Finding:
    script = _OF_A_SCRIPT.fullmatch(message)
    if script is not None:
        return _of_script(each, *script.groups())
    kind = "untrusted-input" if UNTRUSTED in message else str(each["kind"])
    return Finding(
        rule=f"actionlint/{kind}",
        severity=severity_of(kind, message),
        what=headline_of(kind, message),
        why=message[:1000],
        mend="Do what it says; its page has examples. Or waive it in .kr8/waivers.toml with a reason.",
        place=f"{each['filepath']}:{max(1, each['line'])}",
        link=_LINK,
    )


def _of_script(each: dict[str, Any], code: str, level: str, line: str, message: str) -> Finding:
    """What shellcheck says of a step's script: actionlint names the line of `run:`, and the line of the script."""
    begins_below = _IN_A_BLOCK.search(each.get("snippet") or "") is not None
    at = each["line"] + int(line) - (0 if begins_below else 1)
    return Finding(
        rule=f"shellcheck/{code}",
        severity=severity_of(f"shellcheck-{level}"),
        what=headline(message, f"What shellcheck's rule {code} asks for does not hold."),
        why=message.strip()[:1000],
        mend=f"Do what it says; its page shows how. Or say why not above it: # shellcheck disable={code} # the reason",
        place=f"{each['filepath']}:{at}",
        link=f"https://www.shellcheck.net/wiki/{code}",
    )
