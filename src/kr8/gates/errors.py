"""The share of failed requests stays within what the service promises."""

from __future__ import annotations

import math

from kr8.domain.stage import Call, Reading, Verdict

Z = 2.576
"""99% confidence: one false alarm in 200 judgements that look at one side."""
FEWEST_ERRORS = 3
"""One or two failures never send a deployment back."""


def lower_bound(errors: int, requests: int, z: float = Z) -> float:
    """The lowest share of failures that the counts allow at the confidence of `z`.

    The lower end of Wilson's score interval (E. B. Wilson, JASA 22, 1927): right also for few requests.
    """
    if requests == 0:
        return 0.0
    share = errors / requests
    spread = z * math.sqrt(share * (1 - share) / requests + z * z / (4 * requests * requests))
    return max(0.0, (share + z * z / (2 * requests) - spread) / (1 + z * z / requests))


def judge(reading: Reading) -> Verdict:
    """Back as soon as the failures cannot be chance; else go."""
    counted, allowed = reading.counters, reading.slo.errors
    said = f"{counted.errors} of {counted.requests} requests failed, {allowed:.2%} may"
    if counted.errors >= FEWEST_ERRORS and lower_bound(counted.errors, counted.requests) > allowed:
        return Verdict(call=Call.BACK, why=said)
    return Verdict(call=Call.GO, why=said)
