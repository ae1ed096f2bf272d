"""Failures of one release of a service: when it may be started again, and when to say that it is stuck. Pure."""

from dataclasses import dataclass, replace

from kr8.supervisor.observed import Failure

FLAPS = 3
FLAP_WINDOW_S = 60.0
STABLE_S = 10.0
_FIRST_S = 0.1
_LONGEST_S = 30.0


@dataclass(frozen=True, slots=True)
class Trouble:
    restarts: int = 0
    """Failures in all."""
    row: int = 0
    """Failures in a row."""
    not_before: float = 0.0
    deaths: tuple[float, ...] = ()
    """When ready instances died, within the window."""
    last: Failure | None = None
    stuck: bool = False


def failed(trouble: Trouble, failure: Failure, was_ready: bool, now: float) -> Trouble:
    """One failure more: stuck at once if it never got ready or took too much memory, else if it flaps."""
    deaths = tuple(d for d in trouble.deaths if d > now - FLAP_WINDOW_S) + ((now,) if was_ready else ())
    flaps = was_ready and len(deaths) >= FLAPS
    if flaps and failure.code == "exited":
        what = f"got ready and died {len(deaths)} times in {FLAP_WINDOW_S:g} s; the last time: {failure.what}"
        failure = replace(failure, code="flaps", what=what)
    delay = min(_LONGEST_S, _FIRST_S * 4**trouble.row)
    return Trouble(
        restarts=trouble.restarts + 1,
        row=trouble.row + 1,
        not_before=now + delay,
        deaths=deaths,
        last=failure,
        stuck=trouble.stuck or flaps or not was_ready or failure.code == "out_of_memory",
    )


def ready(trouble: Trouble, ready_for_s: float) -> Trouble:
    """An instance is ready: no longer stuck, unless it flaps; after a while it counts as sound."""
    if ready_for_s >= STABLE_S:
        return replace(trouble, row=0, stuck=False, deaths=())
    return replace(trouble, stuck=trouble.stuck and len(trouble.deaths) >= FLAPS)
