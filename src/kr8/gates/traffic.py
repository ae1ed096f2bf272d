"""The release has seen enough requests to be judged: too little traffic is not a pass."""

from __future__ import annotations

from kr8.domain.stage import Call, Reading, Verdict


def judge(reading: Reading) -> Verdict:
    """Wait for the wanted number of requests; after the watch is over, back where the strategy says so."""
    seen, wanted = reading.counters.requests, reading.stage.min_requests
    if seen >= wanted:
        return Verdict(call=Call.GO, why=f"{seen} requests, {wanted} wanted")
    return reading.inconclusive(f"{seen} of {wanted} wanted requests came")
