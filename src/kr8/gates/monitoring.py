"""The service's metrics answer, so that it is watched from its first request."""

from __future__ import annotations

from kr8.domain.stage import Call, Reading, Verdict


def judge(reading: Reading) -> Verdict:
    """Wait until the metrics path of the release answers 2xx."""
    answer = reading.metrics
    if answer is None or answer.status is None:
        return Verdict(call=Call.WAIT, why="the metrics path has not answered yet")
    if not 200 <= answer.status < 300:
        return Verdict(call=Call.BACK, why=f"the metrics path answered with status {answer.status}")
    return Verdict(call=Call.GO, why="the metrics path answers")
