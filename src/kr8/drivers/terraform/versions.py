"""Version constraints as Terraform writes them (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable

Version = tuple[int, ...]
_PART = re.compile(r"\s*+(=|!=|>=|<=|>|<|~>)?\s*+v?(\d+(?:\.\d+)*)\s*")


def version_of(text: str) -> Version | None:
    """The numbers of a version; None: it is none, or one before a release."""
    return tuple(int(part) for part in text.split(".")) if re.fullmatch(r"\d+(\.\d+)*", text) else None


def allows(constraint: str, version: Version) -> bool:
    """Whether a version is one that a constraint such as ">= 5.100, < 7.0" means. What cannot be read allows none."""
    return all(_holds(part, version) for part in constraint.split(",") if part.strip())


def newest(versions: Iterable[str], constraints: Iterable[str]) -> str | None:
    """The newest version that all constraints allow."""
    wanted = tuple(constraints)
    known = {text: version for text in versions if (version := version_of(text)) is not None}
    fitting = {text: version for text, version in known.items() if all(allows(each, version) for each in wanted)}
    return max(fitting, key=lambda text: fitting[text], default=None)


def _holds(part: str, version: Version) -> bool:
    found = _PART.fullmatch(part)
    if found is None:
        return False
    operator, written = found[1] or "=", tuple(int(number) for number in found[2].split("."))
    length = max(len(written), len(version), 3)
    mine, theirs = _padded(version, length), _padded(written, length)
    if operator == "~>":
        above = len(written) - 1 or 1
        return mine >= theirs and mine[:above] == theirs[:above]
    outcomes = {"=": mine == theirs, "!=": mine != theirs, ">": mine > theirs, "<": mine < theirs}
    outcomes |= {">=": mine >= theirs, "<=": mine <= theirs}
    return outcomes[operator]


def _padded(version: Version, length: int) -> Version:
    return version + (0,) * (length - len(version))
