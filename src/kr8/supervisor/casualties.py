"""What becomes of instances that ended, or must end: named, kept as evidence, and counted against their release."""

import signal
from collections.abc import Callable
from dataclasses import replace

from kr8.supervisor import evidence, runs, verdict
from kr8.supervisor.exits import exit_file, recorded
from kr8.supervisor.home import Home
from kr8.supervisor.instants import monotonic, stamp, wall
from kr8.supervisor.journal import Journal
from kr8.supervisor.observed import Failure, Piece
from kr8.supervisor.output import LogFile
from kr8.supervisor.process import Exit, kill_marked
from kr8.supervisor.state import InstanceRecord, State, with_instance, without_instance
from kr8.supervisor.trouble import Trouble, failed, ready
from kr8.supervisor.unit import Unit
from kr8.supervisor.verdict import Verdict


class Casualties:
    """Holds the troubles of every (service, release). Each step takes a state and gives the next; none writes it."""

    def __init__(self, home: Home, journal: Journal, units: dict[str, Unit]) -> None:
        self.troubles: dict[tuple[str, str], Trouble] = {}
        self._home = home
        self._journal = journal
        self._units = units

    def forget(self, key: str) -> None:
        """Something else is wanted of the service: try at once."""
        for known in [k for k in self.troubles if k[0] == key]:
            del self.troubles[known]

    def lost(self, state: State, record: InstanceRecord) -> State:
        """It ended while no supervisor ran."""
        kill_marked(str(self._home.root), record.id)
        self._journal.write("gone", record.id, why="it ended while no supervisor ran")
        # A job without a pid may have begun if its folder is there; it is not run twice.
        begun = record.pid is not None or self._home.instance(record.id).exists()
        if record.run.kind == "job" and begun:
            over = recorded(exit_file(self._home.instance(record.id)))
            return self._run_over(self._job_over(without_instance(state, record), record, over), record, over)
        return without_instance(state, record)

    def bury(self, state: State) -> State:
        """Instances whose process is over."""
        for unit in tuple(self._units.values()):
            record = state.instances.get(unit.id)
            if unit.exit is not None and record is not None:
                state = self._buried(without_instance(state, record), record, unit, unit.exit)
        return state

    def _buried(self, state: State, record: InstanceRecord, unit: Unit, over: Exit) -> State:
        if record.run.kind == "job" and not over.known:  # it was adopted: its exit code is in its file alone
            over = recorded(exit_file(self._home.instance(record.id)))
        remaining = kill_marked(str(self._home.root), record.id)
        del self._units[unit.id]
        unit.close()
        self._journal.write("ended", record.id, how=over.text(), remaining=remaining or None)
        if unit.blame is not None:
            evidence.keep(self._home.instance(record.id), unit.failure(record, unit.blame))
        elif record.run.kind == "job" and record.phase in ("starting", "ready"):
            state = self._job_over(state, record, over, unit)
        elif record.phase in ("starting", "ready"):
            self._blame(record, unit, verdict.ended(over, remaining, unit.oom))
        elif unit.killed:
            found = Verdict("ignores_sigterm", f"it did not end within {record.run.stop_grace_s:g} s of SIGTERM")
            self._note(record, unit.failure(record, found))
        state = self._run_over(state, record, over)
        evidence.prune(self._home.instances, frozenset(state.instances))
        evidence.prune_logs(self._home.root / "logs", frozenset(state.instances))
        return state

    def _job_over(self, state: State, record: InstanceRecord, over: Exit, unit: Unit | None = None) -> State:
        code = over.code if over.code is not None else 128 + (over.signal or 127)
        service = state.services.get(record.service)
        if service is None:
            return state
        if code and unit is not None:
            self._blame(record, unit, verdict.ended(over, 0, unit.oom))
        elif code:
            what = "the job ended while no supervisor ran"
            self.failed(record, Failure("exited", what, record.release, record.id, stamp(), record.service))
        if record.run.schedule is not None:
            return state
        ended = {**service.ended, f"{record.release}:{record.generation_of_restart}": code}
        return replace(state, services={**state.services, record.service: replace(service, ended=ended)})

    def _run_over(self, state: State, record: InstanceRecord, over: Exit) -> State:
        if record.run.schedule is None:
            return state
        state = runs.over(state, record, over, wall())
        service = state.services.get(record.service)
        last = service.schedule.last if service is not None and service.schedule is not None else None
        if last is not None and last.instance == record.id:
            LogFile(self._home.logs(record.service, record.id)).note(runs.ends(last))
            if last.skipped:
                self._journal.write("skipped", record.id, due_times=last.skipped, service=record.service)
        return state

    def judge(self, state: State, behind: Callable[[InstanceRecord], bool]) -> State:
        """Living instances: those that got ready, and those that must end."""
        for unit in tuple(self._units.values()):
            record = state.instances.get(unit.id)
            if record is not None and record.phase in ("starting", "ready") and unit.exit is None:
                state = self._judged(state, record, unit, behind(record))
        return state

    def _judged(self, state: State, record: InstanceRecord, unit: Unit, behind: bool) -> State:
        if found := _sentence(record, unit, behind):
            unit.blame = found
            self._blame(record, unit, found)
            unit.signal(signal.SIGKILL if found.code == "out_of_memory" else signal.SIGTERM)
            return with_instance(state, replace(record, phase="stopping", since=monotonic()))
        if record.phase == "starting" and unit.healthy and (unit.up or not behind):
            self._journal.write("ready", record.id)
            return with_instance(state, replace(record, phase="ready", since=monotonic()))
        if record.phase == "ready":
            self._calm(record)
        return state

    def _calm(self, record: InstanceRecord) -> None:
        known = (record.service, record.release)
        if known in self.troubles:
            self.troubles[known] = ready(self.troubles[known], monotonic() - record.since)

    def _blame(self, record: InstanceRecord, unit: Unit, found: Verdict) -> None:
        self.failed(record, unit.failure(record, found))

    def failed(self, record: InstanceRecord, failure: Failure) -> None:
        """Keep a failure, and count it against its release; a schedule goes on, whatever becomes of one run."""
        if record.run.schedule is not None:
            self._note(record, failure)
            return
        known = (record.service, record.release)
        before = self.troubles.get(known, Trouble())
        self.troubles[known] = failed(before, failure, record.phase == "ready", monotonic())
        self._note(record, self.troubles[known].last or failure)

    def _note(self, record: InstanceRecord, failure: Failure) -> None:
        evidence.keep(self._home.instance(record.id), failure)
        self._journal.write("failed", record.id, code=failure.code, what=failure.what, service=record.service)


def _sentence(record: InstanceRecord, unit: Unit, proxied: bool) -> Verdict | None:
    """Why a living instance must end, if it must."""
    if big := verdict.too_big(unit.rss, record.run.memory_limit_bytes):
        return big
    answers = tuple(unit.answers)
    if record.phase == "starting":
        if wrong := verdict.wrong_version(answers):
            return wrong
        if monotonic() - record.since > record.run.ready_limit_s:
            passed = unit.healthy and proxied
            return verdict.not_ready(answers, unit.connected, passed, record.run.ready_limit_s, record.port)
    if record.phase == "ready" and record.run.kind == "http":
        return verdict.hangs(unit.silent_s)
    return None


def unstartable(record: InstanceRecord, error: OSError, at: str) -> Failure:
    """It could not even be started."""
    what = f"it could not be started: {error.strerror or type(error).__name__}"
    program = (Piece(str(error.filename or record.run.argv[0])),)
    return Failure("cannot_start", what, record.release, record.id, at, record.service, lines=program)
