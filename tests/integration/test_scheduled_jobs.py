"""Jobs that run by a schedule, kept by the real supervisor: it dies and comes back, and the runs go on."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.integration.supervisor_rig import ENVIRONMENT, Rig, until

from kr8.supervisor.observed import RunObserved, ServiceObserved
from kr8.supervisor.wire import RunSpec, ScheduleSpec, ServiceDesired, ShareSpec

KEY = f"{ENVIRONMENT}.tidy"
YEARLY = ScheduleSpec((0,), (0,), (1,), (1,), tuple(range(7)))
MORTAL = str(Path(__file__).resolve().parents[1] / "crash" / "mortal_supervisor.py")
"""The supervisor, as a program that dies after a write of its state."""
EVERY_MINUTE = ScheduleSpec(
    tuple(range(60)), tuple(range(24)), tuple(range(1, 32)), tuple(range(1, 13)), tuple(range(7))
)
TIDY = (
    "import os, sys, time; print('tidied', os.environ['VERSION'], flush=True); "
    "time.sleep(float(sys.argv[1])); sys.exit({})"
)


def job(
    release: str, seconds: float, schedule: ScheduleSpec | None = YEARLY, code: int = 0, **more: int
) -> ServiceDesired:
    """A job that takes so long and ends with that code."""
    command = (sys.executable, "-S", "-c", TIDY.format(code), str(seconds))
    run = RunSpec(command, "/", "job", {"VERSION": release}, schedule=schedule, stop_grace_s=2.0)
    return ServiceDesired(KEY, (ShareSpec(release, run, 1),))


def make_due(rig: Rig, ago: float, *program: str) -> None:
    """The supervisor dies, and comes back when the next run was due so many seconds ago."""
    rig.kill()
    path = rig.home / "supervisor" / "state.json"
    state = json.loads(path.read_text())
    state["services"][KEY]["schedule"]["next"] = time.time() - ago
    path.write_text(json.dumps(state))
    rig.start(*program)


def seen(rig: Rig, holds: Callable[[ServiceObserved], object], what: str) -> ServiceObserved:
    def look() -> ServiceObserved | None:
        found = rig.observed(KEY)
        return found if holds(found) else None

    return until(look, f"{what}: {rig.observed(KEY)}", 70.0)


def last_of(found: ServiceObserved) -> RunObserved | None:
    return None if found.schedule is None else found.schedule.last


def ended(rig: Rig, release: str = "v1") -> RunObserved:
    found = last_of(
        seen(rig, lambda now: (last := last_of(now)) is not None and last.release == release, "a run ended")
    )
    assert found is not None
    return found


def runs(rig: Rig, holds: bool = True) -> ServiceObserved:
    return seen(rig, lambda now: now.schedule is not None and (now.schedule.running is not None) is holds, "it runs")


def printed(rig: Rig, run: RunObserved) -> list[str]:
    path = rig.home / "logs" / KEY / f"{run.instance}.jsonl"
    return [json.loads(line)["line"] for line in path.read_text().splitlines()]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path / "home") as started:
        yield started.start()


def test_it_runs_when_it_is_due_and_is_settled_in_between(rig: Rig) -> None:
    rig.put(job("v1", 0, EVERY_MINUTE))
    found = rig.settled(KEY)
    assert found.schedule is not None and found.schedule.next is not None and found.schedule.last is None
    due = found.schedule.next
    run = ended(rig)
    assert (run.due, run.exit_code, run.missed, run.skipped) == (due, 0, 0, 0)
    assert run.started[:16] == due[:16]
    assert printed(rig, run)[0] == "tidied v1"
    assert printed(rig, run)[-1].startswith("kr8: this run exited with code 0 after")
    after = rig.observed(KEY)
    assert after.settled and after.schedule is not None and after.schedule.next is not None
    assert after.schedule.next > due


def test_what_was_missed_is_made_up_for_by_one_run_and_is_said(rig: Rig) -> None:
    rig.put(job("v1", 0, EVERY_MINUTE, code=3))
    rig.settled(KEY)
    make_due(rig, ago=600)
    run = ended(rig)
    assert (run.exit_code, run.missed) == (3, 10)
    said = printed(rig, run)
    assert "kr8: 10 due times were missed before it: this run is for all of them" in said
    assert said[-1].startswith("kr8: this run exited with code 3")
    again = rig.observed(KEY)
    assert again.settled and again.stuck is None, "a run that fails does not end the schedule"
    assert len(list((rig.home / "logs" / KEY).iterdir())) == 1, "and is not tried again before it is due"


def test_a_run_outlives_the_supervisor_and_is_not_done_twice(rig: Rig) -> None:
    rig.put(job("v1", 3))
    rig.settled(KEY)
    make_due(rig, ago=1)
    before = runs(rig).schedule
    rig.kill()
    rig.start()
    after = runs(rig).schedule
    assert before is not None and after is not None and before.running == after.running
    assert ended(rig).exit_code == 0
    rig.kill()
    time.sleep(0.2)
    rig.start()
    rig.settled(KEY)
    assert len(list((rig.home / "logs" / KEY).iterdir())) == 1


def test_a_run_that_ends_while_no_supervisor_is_there_is_known(rig: Rig) -> None:
    rig.put(job("v1", 1, code=4))
    rig.settled(KEY)
    make_due(rig, ago=1)
    runs(rig)
    rig.kill()
    time.sleep(1.5)
    rig.start()
    assert ended(rig).exit_code == 4


def test_another_release_lets_the_run_end_and_nothing_waits_for_it(rig: Rig) -> None:
    rig.put(job("v1", 4))
    rig.settled(KEY)
    make_due(rig, ago=1)
    running = runs(rig).schedule
    rig.put(job("v2", 0))
    found = rig.settled(KEY)
    assert found.schedule is not None and running is not None and found.schedule.running == running.running
    assert ended(rig).exit_code == 0
    make_due(rig, ago=1)
    assert ended(rig, "v2").exit_code == 0


def test_a_service_that_goes_takes_its_run_along(rig: Rig) -> None:
    rig.put(job("v1", 60))
    rig.settled(KEY)
    make_due(rig, ago=1)
    runs(rig)
    rig.put(ServiceDesired(KEY, ()))
    found = rig.settled(KEY)
    assert found.schedule is None and not rig.marked()


def test_a_run_that_cannot_be_started_is_a_failure_that_is_kept(rig: Rig, tmp_path: Path) -> None:
    run_spec = RunSpec(("run",), str(tmp_path / "gone"), "job", schedule=YEARLY)
    rig.put(ServiceDesired(KEY, (ShareSpec("v1", run_spec, 1),)))
    rig.settled(KEY)
    make_due(rig, ago=1)
    run = ended(rig)
    assert run.exit_code is None
    assert rig.observed(KEY).settled
    assert any("cannot_start" in path.read_text() for path in rig.home.glob("supervisor/instances/*/evidence.json"))


def test_a_job_without_a_schedule_outlives_the_supervisor_too(rig: Rig) -> None:
    rig.put(job("v1", 2, schedule=None))
    until(lambda: rig.marked(), "it runs")
    rig.kill()
    rig.start()
    found = rig.settled(KEY)
    assert found.shares[0].completed and found.shares[0].failure is None and found.schedule is None


@pytest.mark.parametrize(("write", "times", "code"), [(1, 0, None), (2, 1, 0), (3, 1, 0)])
def test_a_run_is_done_once_or_known_to_be_lost_wherever_the_supervisor_dies(
    rig: Rig, tmp_path: Path, write: int, times: int, code: int | None
) -> None:
    """It writes down that it begins, then what it has begun, then that it is over."""
    notes = tmp_path / "beside" / "notes"
    notes.parent.mkdir()
    notes.touch()
    command = ("/bin/sh", "-c", f"echo ran >> {notes}; sleep 0.3")
    run_spec = RunSpec(command, "/", "job", {"PATH": "/usr/bin:/bin"}, schedule=YEARLY)
    rig.put(ServiceDesired(KEY, (ShareSpec("v1", run_spec, 1),)))
    rig.settled(KEY)
    make_due(rig, 1, MORTAL, str(write))
    until(rig.over, "it dies")
    rig.start()
    run = ended(rig)
    rig.settled(KEY)
    assert (len(notes.read_text().splitlines()), run.exit_code) == (times, code)
