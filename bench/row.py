"""One measured number beside the one that is kept."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was measured, and whether that keeps the promise."""

    what: str
    kept: str
    measured: str
    met: bool
    note: str = ""

    def line(self) -> str:
        """A row of the table in docs/benchmarks.md."""
        return f"| {self.what} | {self.kept} | {self.measured} | {'yes' if self.met else '**no**'} | {self.note} |"


def at_most(what: str, limit: float, value: float, unit: str, note: str = "", digits: int = 3) -> Row:
    """A number that must not be above its limit."""
    return Row(what, f"≤ {limit:g} {unit}", f"{value:.{digits}f} {unit}", value <= limit, note)


def worst(what: str, limit: float, values: Sequence[float], unit: str, note: str = "", digits: int = 3) -> Row:
    """Measurements none of which may be above the limit."""
    beside = f"median {statistics.median(values):.{digits}f} {unit}"
    return at_most(f"{what}, the worst", limit, max(values), unit, _of(values, beside, note), digits)


def typical(what: str, limit: float, values: Sequence[float], unit: str, note: str = "", digits: int = 3) -> Row:
    """Measurements whose median may not be above the limit."""
    beside = f"worst {max(values):.{digits}f} {unit}"
    return at_most(what, limit, statistics.median(values), unit, _of(values, beside, note), digits)


def _of(values: Sequence[float], beside: str, note: str) -> str:
    return "; ".join([f"of {len(values)}: {beside}", *filter(None, [note])])
