"""What the load's report proves, and what it does not."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

PROMISED_SHARE = 5 / 6
"""Of the requests a second that are to be sent, how many the demo is to show at least: 1,000 of 1,200."""


@dataclass(frozen=True)
class Point:
    """Something that the demo is to prove, and what was counted for it."""

    what: str
    how: str
    proved: bool = True


def judge(report: dict[str, Any], bad: str, rate: int) -> tuple[Point, ...]:
    """The points of a load's report; the version `bad` may have failed by itself, `rate` was to be sent a second."""
    own = {name: counts.get("errors_5xx", 0) for name, counts in report["by_version"].items()}
    good = sum(count for name, count in own.items() if name != bad)
    counted = f"{report['failed']} failed, {report['stale']} stale of {report['requests']:,} ({report['posts']:,} POST)"
    lost = report["failed"] + report["stale"] + good
    return (
        Point(
            "no request failed",
            f"{counted}; errors of good versions {good}, of v3 {own.get(bad, 0)}"
            + (f"; the first: {report['examples'][:3]}" if lost else ""),
            not lost,
        ),
        _rate(report, rate * PROMISED_SHARE),
    )


def _rate(report: dict[str, Any], promised: float) -> Point:
    rate, latency = report["rate"], report["latency_ms"]
    how = f"{rate:,.0f}/s over {report['seconds']:.0f} s; p50 {latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms"
    if rate < promised:
        load = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        how += f". This machine was too busy ({load}): run it again when it is quieter"
    return Point(f"all of it under at least {promised:,.0f} requests a second", how, rate >= promised)
