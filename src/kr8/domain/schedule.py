"""When a job runs by itself: five fields of cron, in UTC, in the part of cron that every target reads alike."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

_FIELDS = re.compile(r"[A-Za-z0-9*,/-]+(?: [A-Za-z0-9*,/-]+){4}")
_HOW = 'it has five fields: minute, hour, day of the month, month, day of the week; "30 3 * * MON" is Mondays at 03:30'


class Cron(NamedTuple):
    """What a schedule names of each part of an instant, in order. It is due in a minute whose parts are all named."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    """0 is Sunday."""

    def on_weekdays(self) -> bool:
        """Whether it names days of the week, and not days of the month."""
        return len(self.weekdays) < 7


def parse_schedule(text: str) -> Cron:
    """What a schedule names. Raises ValueError for what is no cron, never due, or read differently by some target."""
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 - few projects have a schedule

    if _FIELDS.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no schedule: {_HOW}")
    try:
        found = CronSim(text, datetime(2000, 1, 1))  # only what it has read of the text is used
    except CronSimError as error:
        named = str(error).removeprefix("Bad ").replace("-", " ")
        raise ValueError(f"{text!r} is no schedule, because of its {named}: {_HOW}") from None
    _, _, day, _, weekday = text.split(" ")
    numbers = [each for each in (*found.days, *found.weekdays) if not isinstance(each, int) or each < 0]
    if numbers:
        raise ValueError(f"{text!r} says which of a month's days is the last or the n-th: not every target knows that")
    if 7 in found.weekdays and "*" not in weekday:
        raise ValueError(f"{text!r} goes up to day 7 of the week: write 0 or SUN for Sunday")
    if "*" not in (day, weekday):
        raise ValueError(f"{text!r} names days of the month and of the week: targets differ in whether one is enough")
    weekdays = {each % 7 for each in found.weekdays if isinstance(each, int)}
    parts = (found.minutes, found.hours, found.days, found.months, weekdays)
    return Cron(*(tuple(sorted(part)) for part in parts))


def _is_a_schedule(text: str) -> str:
    parse_schedule(text)
    return text


Schedule = Annotated[str, Field(max_length=100), AfterValidator(_is_a_schedule)]
"""A schedule as a person writes it."""
