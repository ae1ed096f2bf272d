"""The share of failed requests stays within what the service promises."""

from __future__ import annotations

from kr8.domain.chance import is_more
from kr8.domain.stage import Call, Reading, Verdict


def judge(reading: Reading) -> Verdict:
    """Back as soon as the failures cannot be chance; else go."""
    counted, allowed = reading.counters, reading.slo.errors
    said = f"{counted.errors} of {counted.requests} requests failed, {allowed:.2%} may"
    back = is_more(counted.errors, counted.requests, allowed)
    return Verdict(call=Call.BACK if back else Call.GO, why=said)
