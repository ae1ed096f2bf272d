"""Schedules: what is read, what is refused and why, and that it is due when the library says so."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kr8.domain.project import Service
from kr8.domain.schedule import parse_schedule
from kr8.supervisor.calendar import MANY, due_after, due_between
from kr8.supervisor.wire import ScheduleSpec

ALL = tuple(range(7))
INSTANT = datetime(2026, 11, 29, 12, 30, 30, tzinfo=UTC)


def part(first: int, last: int) -> st.SearchStrategy[str]:
    """One field of a schedule."""
    numbers = st.integers(first, last)
    ranges = st.tuples(numbers, numbers).map(lambda pair: f"{min(pair)}-{max(pair)}")
    listed = st.lists(st.one_of(numbers.map(str), ranges), min_size=1, max_size=3).map(",".join)
    return st.one_of(st.just("*"), listed, st.integers(1, 9).map(lambda step: f"*/{step}"))


DAYS = st.one_of(st.tuples(part(1, 28), st.just("*")), st.tuples(st.just("*"), part(0, 6)))
SCHEDULES = st.tuples(part(0, 59), part(0, 23), DAYS, part(1, 12)).map(
    lambda parts: f"{parts[0]} {parts[1]} {parts[2][0]} {parts[3]} {parts[2][1]}"
)


def spec(text: str) -> ScheduleSpec:
    return ScheduleSpec(*parse_schedule(text))


@given(SCHEDULES, st.integers(0, 4_000_000_000))
def test_it_is_due_when_the_library_says(text: str, seconds: int) -> None:
    instant = datetime.fromtimestamp(seconds, UTC)
    expected = next(CronSim(text, instant))
    assert due_after(spec(text), seconds) == expected.timestamp()


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("30 3 * * MON-FRI", "2026-11-30T03:30"),
        ("0 0 29 feb *", "2028-02-29T00:00"),
        ("31 12 * * *", "2026-11-29T12:31"),
        ("30 12 * * *", "2026-11-30T12:30"),
        ("0 0 * * SUN", "2026-12-06T00:00"),
    ],
)
def test_when_it_is_due(text: str, due: str) -> None:
    found = due_after(spec(text), INSTANT.timestamp())
    assert found is not None
    assert datetime.fromtimestamp(found, UTC).isoformat() == f"{due}:00+00:00"


def test_due_times_are_counted_to_a_limit() -> None:
    begin = INSTANT.timestamp()
    assert due_between(spec("* * * * *"), begin, begin + 180) == 3
    assert due_between(spec("* * * * *"), begin, begin + 1e9) == MANY


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hourly", "it has five fields"),
        ("@daily", "it has five fields"),
        ("0 3 * *", "it has five fields"),
        ("0  3 * * *", "it has five fields"),
        ("60 * * * *", "because of its minute"),
        ("* 24 * * *", "because of its hour"),
        ("0 0 30 2 *", "because of its day of month"),
        ("0 0 L * *", "the last or the n-th"),
        ("0 0 * * 5L", "the last or the n-th"),
        ("0 0 * * 7", "write 0 or SUN"),
        ("0 0 1 * MON", "targets differ"),
        ("0 0 1-31 * MON", "targets differ"),
        ("* * * * *\n", "it has five fields"),
    ],
)
def test_what_is_refused_and_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_schedule(text)


def test_only_a_job_has_one() -> None:
    assert Service(kind="job", run=("run",), schedule="0 3 * * *").schedule == "0 3 * * *"
    with pytest.raises(ValidationError, match="a schedule is of a job"):
        Service(kind="worker", run=("run",), schedule="0 3 * * *")


def test_a_service_without_one_is_written_down_as_before_there_were_any() -> None:
    assert "schedule" not in Service(run=("run",)).model_dump(mode="json")
    assert Service(kind="job", run=("run",), schedule="* * * * *").model_dump()["schedule"] == "* * * * *"


def test_what_cron_calls_every_day_is_every_day() -> None:
    assert parse_schedule("5 4 * * *").weekdays == ALL
    assert not parse_schedule("5 4 * * *").on_weekdays()
    assert list(islice(parse_schedule("5 4 * * 1,2"), 2)) == [(5,), (4,)]
    assert parse_schedule("5 4 * * 1,2").on_weekdays()
