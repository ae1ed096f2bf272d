"""The runs of a schedule: when one is started, what is skipped, missed, and never done twice."""

from dataclasses import replace

from kr8.supervisor import runs
from kr8.supervisor.calendar import due_after
from kr8.supervisor.process import Exit
from kr8.supervisor.state import InstanceRecord, ScheduleRecord, ServiceRecord, State, with_instance, without_instance
from kr8.supervisor.wire import RunSpec, ScheduleSpec, ServiceDesired, ShareSpec

KEY = "shop.production.tidy"
EVERY_MINUTE = ScheduleSpec(
    tuple(range(60)), tuple(range(24)), tuple(range(1, 32)), tuple(range(1, 13)), tuple(range(7))
)
HOURLY = replace(EVERY_MINUTE, minutes=(0,))
NOON = 1_795_910_400.0 + 12 * 3600


def desired(schedule: ScheduleSpec | None = EVERY_MINUTE, release: str = "v1") -> ServiceDesired:
    return ServiceDesired(KEY, (ShareSpec(release, RunSpec(("run",), "/", "job", schedule=schedule), 1),))


def state(wanted: ServiceDesired, known: ScheduleRecord | None = None) -> State:
    return State(services={KEY: ServiceRecord(wanted, schedule=known)})


def instance(name: str = "v1-1", release: str = "v1") -> InstanceRecord:
    run = RunSpec(("run",), "/", "job", schedule=EVERY_MINUTE)
    return InstanceRecord(name, KEY, release, 0, run, "starting", 0.0)


def schedule(held: State) -> ScheduleRecord:
    known = held.services[KEY].schedule
    assert known is not None
    return known


def test_a_new_schedule_has_missed_nothing() -> None:
    planned = runs.planned(state(desired()), NOON + 10)
    assert schedule(planned) == ScheduleRecord(EVERY_MINUTE, NOON + 60)
    assert runs.planned(planned, NOON + 59) is planned, "nothing is written where nothing has changed"
    assert runs.planned(planned, NOON + 600) is planned, "what is due stays due"


def test_a_job_without_one_has_none_and_one_that_loses_it_too() -> None:
    once = state(desired(schedule=None))
    assert runs.planned(once, NOON) is once
    gone = runs.planned(state(desired(schedule=None), ScheduleRecord(HOURLY, NOON)), NOON)
    assert gone.services[KEY].schedule is None
    down = runs.planned(state(replace(desired(), shares=()), ScheduleRecord(HOURLY, NOON)), NOON)
    assert down.services[KEY].schedule is None


def test_another_schedule_begins_now_and_another_release_with_the_same_changes_nothing() -> None:
    known = ScheduleRecord(HOURLY, NOON - 3600)
    assert schedule(runs.planned(state(desired(), known), NOON + 10)).next == NOON + 60
    same = state(desired(HOURLY, release="v2"), known)
    assert runs.planned(same, NOON + 10) is same


def test_a_due_time_is_given_up_before_its_run_is_started() -> None:
    begun = runs.begun(
        with_instance(state(desired(), ScheduleRecord(EVERY_MINUTE, NOON)), instance()), instance(), NOON
    )
    known = schedule(begun)
    assert known.next == NOON + 60
    assert known.running is not None and (known.running.due, known.running.missed) == (NOON, 0)


def test_one_run_makes_up_for_all_that_were_missed() -> None:
    late = NOON + 3 * 3600 + 20
    begun = runs.begun(state(desired(HOURLY), ScheduleRecord(HOURLY, NOON)), instance(), late)
    known = schedule(begun)
    assert known.running is not None and (known.running.due, known.running.missed) == (NOON, 3)
    assert known.next == due_after(HOURLY, late) == NOON + 4 * 3600
    assert "3 due times were missed" in runs.begins(known.running)


def test_what_is_due_while_one_runs_is_skipped() -> None:
    begun = runs.begun(
        with_instance(state(desired(), ScheduleRecord(EVERY_MINUTE, NOON)), instance()), instance(), NOON
    )
    over = runs.over(without_instance(begun, instance()), instance(), Exit(code=3), NOON + 130)
    known = schedule(over)
    assert known.running is None and known.next == NOON + 180
    assert known.last is not None and (known.last.exit_code, known.last.skipped) == (3, 2)
    assert runs.ends(known.last) == "this run exited with code 3 after 130.0 s; 2 due times were skipped while it ran"


def test_the_end_of_another_instance_is_not_the_end_of_the_run() -> None:
    begun = runs.begun(state(desired(), ScheduleRecord(EVERY_MINUTE, NOON)), instance(), NOON)
    assert runs.over(begun, instance("v0-9"), Exit(code=0), NOON + 5) is begun


def test_a_run_that_is_gone_without_a_word_is_over() -> None:
    begun = runs.begun(
        with_instance(state(desired(), ScheduleRecord(EVERY_MINUTE, NOON)), instance()), instance(), NOON
    )
    assert runs.planned(begun, NOON + 5) is begun
    known = schedule(runs.planned(without_instance(begun, instance()), NOON + 90))
    assert known.running is None and known.next == NOON + 120
    assert known.last is not None and (known.last.exit_code, known.last.signal) == (None, None)


def test_a_clock_that_goes_back_a_little_makes_nothing_run_twice_and_an_hour_stops_nothing() -> None:
    known = ScheduleRecord(EVERY_MINUTE, NOON + 60)
    little = state(desired(), known)
    assert runs.planned(little, NOON - 0.2) is little
    assert schedule(runs.planned(little, NOON - 3600)).next == NOON - 3540


def test_it_is_shown() -> None:
    begun = runs.begun(state(desired(), ScheduleRecord(EVERY_MINUTE, NOON)), instance(), NOON)
    shown = runs.observed(schedule(begun))
    assert shown is not None and shown.running is not None
    assert (shown.next, shown.running.ended, shown.last) == ("2026-11-29T12:01:00.000Z", None, None)
    assert runs.observed(None) is None
