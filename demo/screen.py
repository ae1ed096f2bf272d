"""What a person sees: chapters with a clock, counts under them, a summary at the end."""

from __future__ import annotations

import sys
import time
from typing import Any


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
            f"    load so far: {counts['requests']:,} requests, {counts['failed']} failed, {counts['stale']} stale"
            + (f", {own} errors of the bad version" if own else ""),
            flush=True,
        )

    def summary(self, proved: list[tuple[str, str]], report: dict[str, Any], bad: str) -> None:
        """What was proved, every figure from a counter."""
        self.chapter("What was proved")
        for what, how in proved:
            print(f"  ✓ {what}: {how}")
        latency, own = report["latency_ms"], report["by_version"].get(bad, {}).get("errors_5xx", 0)
        print(
            f"\n  {self._bold}{report['requests']:,} requests at {report['rate']:.0f}/s, half of them POST: "
            f"{report['failed']} failed, {report['stale']} stale{self._plain}"
            f" (v3's own errors: {own}); p50 {latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms"
        )
