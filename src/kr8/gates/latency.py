"""99 of 100 requests are answered within the time that the service promises."""

from __future__ import annotations

from kr8.domain.chance import is_more
from kr8.domain.stage import Call, Reading, Verdict

SLOWER = 0.01
"""The share of requests that may take longer than the 99th percentile."""
ENOUGH = 200
"""From here on the 99th percentile counts as it was measured: below, it is the slowest request, or the one before."""


def judge(reading: Reading) -> Verdict:
    """Back as soon as the slow requests cannot be chance, or are too many of enough.

    Where they are too many of too few, it is inconclusive, if the strategy asks for traffic. Else go.
    """
    promised, counted = reading.slo.p99, reading.counters
    if promised is None:
        return Verdict(call=Call.GO, why="no latency is promised")
    limit = promised.total_seconds() * 1000
    seen, slow = counted.percentile(1 - SLOWER), counted.slower_than(limit)
    if seen is None or seen <= limit:
        said = "no request was measured" if seen is None else f"p99 {seen:.0f} ms"
        return Verdict(call=Call.GO, why=f"{said}, {limit:.0f} ms promised")
    said = f"p99 {seen:.0f} ms, {limit:.0f} ms promised: {slow} of {counted.measured()} requests were slower"
    if counted.measured() >= ENOUGH or is_more(slow, counted.measured(), SLOWER):
        return Verdict(call=Call.BACK, why=said)
    if not reading.stage.min_requests:
        return Verdict(call=Call.GO, why=f"{said}, too few to tell; the strategy asks for no traffic")
    return reading.inconclusive(f"{said}, too few to tell")
