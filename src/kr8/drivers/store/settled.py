"""What became of a transaction whose commit gave no answer, by what the store has now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from kr8.domain.problem import Outcome

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Write:
    """One row that a transaction changed. `before` and `after`: the changed columns; None: no such row."""

    table: Table
    key: Values
    before: Values | None
    after: Values | None


def settled(writes: Sequence[Write], now: Sequence[Values | None]) -> Outcome:
    """DONE where every row is as it was written, NOT_STARTED where every row is as it was before, else UNKNOWN.

    `now`: the rows as they are, in the order of the writes.
    """
    pairs = list(zip(writes, now, strict=True))
    if all(_agrees(row, write.after) for write, row in pairs):
        return Outcome.DONE
    if all(_agrees(row, write.before) for write, row in pairs):
        return Outcome.NOT_STARTED
    return Outcome.UNKNOWN


def _agrees(row: Values | None, values: Values | None) -> bool:
    if row is None or values is None:
        return row is None and values is None
    return all(row[column] == value for column, value in values.items())
