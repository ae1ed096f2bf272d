"""Whoever answers through the traffic path is the release that was deployed."""

from __future__ import annotations

from kr8.domain.stage import Call, Reading, Verdict


def judge(reading: Reading) -> Verdict:
    """Back when the release answers as another version; wait while another release still answers; else go."""
    answer = reading.through
    if answer is None or answer.status is None:
        return Verdict(call=Call.WAIT, why="nothing has answered through the traffic path yet")
    if answer.release != reading.release:
        return Verdict(call=Call.WAIT, why=f"{answer.release or 'somebody else'} answers, not {reading.release}")
    if answer.version is not None and answer.version != reading.version:
        why = f"wrong_version: it says it is another one than {reading.version!r}"
        return Verdict(call=Call.BACK, why=why, untrusted=answer.version)
    return Verdict(call=Call.GO, why=f"{answer.release} answered with status {answer.status}")
