"""What a person sees: chapters with a clock, counts under them, a summary at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

from demo.judging import Point


class Screen:
    """Writes lines; in bold and colour on a terminal."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._bold, self._plain = ("\033[1;36m", "\033[0m") if sys.stdout.isatty() else ("", "")

    def chapter(self, title: str) -> None:
        """A new part of the story."""
        print(f"\n{self._bold}{time.monotonic() - self._began:6.1f} s  {title}{self._plain}", flush=True)

    def say(self, text: str) -> None:
        """A line of it."""
        print(text, flush=True)

    def counted(self, counts: dict[str, Any]) -> None:
        """What the load has counted so far."""
        own = counts["errors_5xx"]
        print(
            f"    load so far: {counts['requests']:,} requests ({counts['rate']:,.0f}/s), "
            f"{counts['failed']} failed, {counts['stale']} stale"
            + (f", {own} errors of the bad version" if own else ""),
            flush=True,
        )

    def summary(self, points: Sequence[Point]) -> None:
        """What was proved and what was not, every figure from a counter."""
        self.chapter("What was proved")
        for point in points:
            self.say(f"  {'✓' if point.proved else '✗'} {point.what}: {point.how}")
