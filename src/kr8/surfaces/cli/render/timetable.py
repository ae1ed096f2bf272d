"""When a job with a schedule runs next, and how its last run ended."""

from collections.abc import Mapping
from typing import Any

from kr8.surfaces.cli.line import Tone


def timetable(value: Mapping[str, Any]) -> str:
    """In one line."""
    parts = [f"next run {_at(value['next'])}" if value["next"] else "never due again"]
    if value["running"]:
        parts.append(f"running since {_at(value['running']['started'])}")
    parts.append(_ended(value["last"]) if value["last"] else "no run has ended yet")
    return "; ".join(parts)


def tone_of(value: Mapping[str, Any]) -> Tone:
    """A last run that failed is seen."""
    return Tone.BAD if value["last"] and value["last"]["exit_code"] != 0 else Tone.DIM


def _ended(run: Mapping[str, Any]) -> str:
    passed = [f"{_times(run[word])} {word}" for word in ("missed", "skipped") if run[word]]
    return ", ".join([f"last run {_at(run['started'])} {_how(run)}", *passed])


def _how(run: Mapping[str, Any]) -> str:
    if run["signal"] is not None:
        return f"was killed by signal {run['signal']}"
    return "ended, nobody saw how" if run["exit_code"] is None else f"exited with code {run['exit_code']}"


def _times(number: int) -> str:
    return "1 due time" if number == 1 else f"{number} due times"


def _at(instant: str) -> str:
    return f"{instant[:16].replace('T', ' ')} UTC"
