"""What a validator says."""

from __future__ import annotations

from enum import StrEnum

from kr8.domain.model import Model


class Severity(StrEnum):
    """How much a finding matters; critical refuses a deployment."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


WORST_FIRST = tuple(reversed(Severity))


class Finding(Model):
    """Something a rule found: where, what, why it matters, how to mend it."""

    rule: str
    severity: Severity
    what: str
    why: str = ""
    mend: str = ""
    place: str | None = None
    """A key of kr8.toml; file:line in infrastructure code, whose names are from outside."""
    untrusted_places: tuple[str, ...] = ()
    """Files of the commit, with the line where there is one: names from outside."""
    link: str = ""
    """Where more is written about the rule."""


def split_place(place: str | None) -> tuple[str, int]:
    """Path and line of a place; 0: it names no line."""
    path, _, line = (place or "").rpartition(":")
    return (path, int(line)) if path and line.isdecimal() else (place or "", 0)
