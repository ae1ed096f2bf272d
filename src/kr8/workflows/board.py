"""All gates of a stage, judged together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from kr8 import gates
from kr8.domain.deployment import GateRecord
from kr8.domain.stage import Call, Reading, Verdict
from kr8.plugins import found_in

log = logging.getLogger(__name__)
Gate = Callable[[Reading], Verdict]

GATES: Mapping[str, Gate] = found_in(gates, "judge")


def judge(reading: Reading, gates_by_name: Mapping[str, Gate] = GATES) -> tuple[Verdict, tuple[GateRecord, ...]]:
    """The verdict of a stage: back if one gate says so, go when all do and the watch is over, else wait."""
    verdicts = {name: _verdict(name, reading, gates_by_name) for name in reading.stage.gates}
    records = tuple(
        GateRecord(gate=name, verdict=each.call, why=each.why, untrusted=each.untrusted)
        for name, each in verdicts.items()
    )
    for call in (Call.BACK, Call.WAIT):
        for name, verdict in verdicts.items():
            if verdict.call is call:
                return verdict.model_copy(update={"why": f"{name}: {verdict.why}"}), records
    left = reading.stage.watch.total_seconds() - reading.elapsed
    if left > 0:
        return Verdict(call=Call.WAIT, why=f"watching for another {left:.0f} s"), records
    return Verdict(call=Call.GO, why="every gate holds"), records


def _verdict(name: str, reading: Reading, gates_by_name: Mapping[str, Gate]) -> Verdict:
    """What one gate says. One that is not installed any more, or that breaks, is no pass."""
    gate = gates_by_name.get(name)
    if gate is None:
        return Verdict(call=Call.BACK, why="this gate is not installed here")
    try:
        return Verdict.model_validate(gate(reading))
    except Exception as error:
        log.error("the gate %s broke", name, exc_info=error)
        return Verdict(call=Call.BACK, why=f"the gate itself broke: {type(error).__name__}", untrusted=str(error))
