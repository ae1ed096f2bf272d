"""What was done, in a chain that shows when a row was changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from kr8.domain.digest import digest
from kr8.domain.model import Model

GENESIS = "0" * 64


class Phase(StrEnum):
    """An intent is written before the effect, an outcome after it."""

    INTENT = "intent"
    OUTCOME = "outcome"
    NOTE = "note"
    """Something that happened by itself: a promotion, an automatic return."""


class AuditEntry(Model):
    """One row: who wanted what, or what came of it. Arguments are redacted before they get here."""

    number: int
    at: datetime
    phase: Phase
    call: str
    """Joins an intent with its outcome."""
    caller: str
    operation: str
    subject: str = ""
    """Project, environment and deployment, as far as known."""
    detail: str = ""
    """Arguments or result, as redacted JSON."""
    previous: str
    hash: str

    def computed(self) -> str:
        """The hash that this row must have."""
        return digest(self.model_dump(mode="json", exclude={"hash"}))


def link(entry: AuditEntry, previous: str) -> AuditEntry:
    """The entry chained to the hash of the row before it."""
    chained = entry.model_copy(update={"previous": previous})
    return chained.model_copy(update={"hash": chained.computed()})


def broken_links(entries: Iterable[AuditEntry], before: str = GENESIS) -> Iterator[tuple[int, str]]:
    """Name each row whose content, place or predecessor was changed: (number, what is wrong)."""
    previous, expected = before, None
    for entry in entries:
        if expected is not None and entry.number != expected:
            yield entry.number, f"row {expected} is missing"
        if entry.previous != previous:
            yield entry.number, "it does not follow the row before it"
        if entry.computed() != entry.hash:
            yield entry.number, "its content was changed"
        previous, expected = entry.hash, entry.number + 1
