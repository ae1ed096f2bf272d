"""When a schedule is due. Pure; instants are seconds since 1970."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

from kr8.supervisor.wire import ScheduleSpec

MANY = 1000
"""Due times are not counted further than this."""
_FURTHEST_DAYS = 366 * 9
"""29 February comes at least every eighth year."""


def due_after(schedule: ScheduleSpec, instant: float) -> float | None:
    """The first due time after an instant; None: it never is."""
    return next(_due(schedule, instant), None)


def due_between(schedule: ScheduleSpec, after: float, until: float) -> int:
    """How many due times there are after an instant, up to and with another; at most `MANY`."""
    return sum(1 for _ in islice(takewhile(lambda due: due <= until, _due(schedule, after)), MANY))


def _due(schedule: ScheduleSpec, instant: float) -> Iterator[float]:
    begin = datetime.fromtimestamp(instant, UTC)
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in (midnight + timedelta(days=n) for n in range(_FURTHEST_DAYS)):
        if day.day not in schedule.days or day.month not in schedule.months:
            continue
        if day.isoweekday() % 7 not in schedule.weekdays:
            continue
        for hour in schedule.hours:
            for minute in schedule.minutes:
                due = day.replace(hour=hour, minute=minute)
                if due > begin:
                    yield due.timestamp()
