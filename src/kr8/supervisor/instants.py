"""Two clocks: durations on the monotonic one, which a restarted supervisor shares; what people say on the other."""

import time
from datetime import UTC, datetime


def monotonic() -> float:
    """Seconds since boot: no change of the wall clock moves it."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def wall() -> float:
    """Seconds since 1970, as the wall clock has them: what is due by the calendar goes by it."""
    return time.time()


def stamp(at: float | None = None) -> str:
    """An instant (now, if none) in ISO form with milliseconds, in UTC."""
    moment = datetime.fromtimestamp(time.time() if at is None else at, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stamp_of(since: float) -> str:
    """The wall-clock text of a monotonic instant."""
    return stamp(time.time() - (monotonic() - since))
