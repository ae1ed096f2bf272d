"""The runs of jobs that have a schedule: when the next is due, which goes on, how the last ended. Pure.

One run at a time: what is due while one goes on is skipped. What was due while nobody was there is made up for by one
run. Each due time is given up before its run is started, so that none runs twice.
"""

from dataclasses import replace

from kr8.supervisor.calendar import due_after, due_between
from kr8.supervisor.instants import stamp
from kr8.supervisor.observed import RunObserved, ScheduleObserved
from kr8.supervisor.process import Exit
from kr8.supervisor.state import InstanceRecord, RunRecord, ScheduleRecord, ServiceRecord, State, with_schedule
from kr8.supervisor.wire import ScheduleSpec, ServiceDesired

CLOCK_SLACK_S = 60.0
"""A wall clock that goes back by less than this makes nothing run again; by more, and what it shows is what counts."""


def wanted(desired: ServiceDesired) -> ScheduleSpec | None:
    """The schedule that a service is to have."""
    return next((share.run.schedule for share in desired.shares if share.instances and share.run.schedule), None)


def planned(state: State, now: float) -> State:
    """Each service with the schedule that it is to have. A new schedule begins now: it has missed nothing."""
    for key, service in state.services.items():
        state = with_schedule(state, key, _planned(state, service, now))
    return state


def _planned(state: State, service: ServiceRecord, now: float) -> ScheduleRecord | None:
    spec, known = wanted(service.desired), service.schedule
    if spec is None:
        return None
    if known is None or known.spec != spec:
        before = (None, None) if known is None else (known.running, known.last)
        return ScheduleRecord(spec, due_after(spec, now), *before)
    if known.running is not None and known.running.instance not in state.instances:
        return _ended(known, known.running, Exit(), now)
    soonest = due_after(spec, now + CLOCK_SLACK_S)
    if known.next is not None and soonest is not None and known.next > soonest:
        return replace(known, next=due_after(spec, now))
    return known


def begun(state: State, record: InstanceRecord, now: float) -> State:
    """A run is about to be started."""
    service = state.services[record.service]
    known = service.schedule
    if record.run.schedule is None or known is None:
        return state
    due = now if known.next is None else known.next
    run = RunRecord(record.id, record.release, due, now, missed=due_between(known.spec, due, now))
    return with_schedule(state, record.service, replace(known, next=due_after(known.spec, now), running=run))


def over(state: State, record: InstanceRecord, how: Exit, now: float) -> State:
    """An instance ended: if it was a run, the next is due when the schedule says so after now."""
    service = state.services.get(record.service)
    known = None if service is None else service.schedule
    if known is None or known.running is None or known.running.instance != record.id:
        return state
    return with_schedule(state, record.service, _ended(known, known.running, how, now))


def _ended(known: ScheduleRecord, run: RunRecord, how: Exit, now: float) -> ScheduleRecord:
    skipped = due_between(known.spec, run.started, now)
    last = replace(run, ended=now, exit_code=how.code, signal=how.signal, skipped=skipped)
    return replace(known, next=due_after(known.spec, now), running=None, last=last)


def begins(run: RunRecord) -> str:
    """What is to be said of a run that begins; empty: nothing."""
    return f"{_times(run.missed)} missed before it: this run is for all of them" if run.missed else ""


def ends(run: RunRecord) -> str:
    """What is to be said of a run that has ended."""
    seconds = (run.ended or run.started) - run.started
    said = f"this run {Exit(run.exit_code, run.signal).text()} after {seconds:.1f} s"
    return f"{said}; {_times(run.skipped)} skipped while it ran" if run.skipped else said


def _times(number: int) -> str:
    return "1 due time was" if number == 1 else f"{number} due times were"


def observed(known: ScheduleRecord | None) -> ScheduleObserved | None:
    """The answer."""
    if known is None:
        return None
    following = None if known.next is None else stamp(known.next)
    return ScheduleObserved(following, _observed(known.running), _observed(known.last))


def _observed(run: RunRecord | None) -> RunObserved | None:
    if run is None:
        return None
    return RunObserved(
        instance=run.instance,
        release=run.release,
        due=stamp(run.due),
        started=stamp(run.started),
        ended=None if run.ended is None else stamp(run.ended),
        exit_code=run.exit_code,
        signal=run.signal,
        missed=run.missed,
        skipped=run.skipped,
    )
