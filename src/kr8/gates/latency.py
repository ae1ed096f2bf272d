"""99 of 100 requests are answered within the time that the service promises."""

from __future__ import annotations

from kr8.domain.stage import Call, Reading, Verdict

FEWEST_REQUESTS = 200
"""Below this, the 99th percentile is one or two requests: chance."""


def judge(reading: Reading) -> Verdict:
    """Back when the p99 is above the promise; go where nothing is promised or too little was counted."""
    promised = reading.slo.p99
    seen = reading.counters.percentile(0.99)
    if promised is None:
        return Verdict(call=Call.GO, why="no latency is promised")
    limit = promised.total_seconds() * 1000
    if seen is None or reading.counters.requests < FEWEST_REQUESTS:
        return Verdict(call=Call.GO, why=f"only {reading.counters.requests} requests: not judged")
    call = Call.BACK if seen > limit else Call.GO
    return Verdict(call=call, why=f"p99 {seen:.0f} ms, {limit:.0f} ms promised")
