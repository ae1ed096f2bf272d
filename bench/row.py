"""One measured number beside the one that is kept."""

from __future__ import annotations

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
