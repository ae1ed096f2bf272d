"""What a YAML file may be at most, whoever wrote it."""

from __future__ import annotations

MOST_BYTES = 8 << 20
MOST_NODES = 200_000
"""With each alias counted as all that it stands for: a file of 1 KB can stand for a terabyte."""
MOST_DEPTH = 100


class Refusal(Exception):
    """A file that is not read on: where, and why."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.place = place
        self.why = why
