"""What was decided, first written down and then done."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import replace

from kr8.supervisor import decide, runs
from kr8.supervisor.casualties import Casualties, unstartable
from kr8.supervisor.freeport import free_port
from kr8.supervisor.home import Home
from kr8.supervisor.instants import monotonic, stamp, wall
from kr8.supervisor.journal import Journal
from kr8.supervisor.names import new_instance
from kr8.supervisor.output import LogFile
from kr8.supervisor.process import Exit, kill_marked
from kr8.supervisor.state import InstanceRecord, State, with_instance, without_instance
from kr8.supervisor.store import Store
from kr8.supervisor.trouble import Trouble
from kr8.supervisor.unit import Unit, spawn

Decisions = Mapping[str, tuple[decide.Action, ...]]


class Deeds:
    def __init__(
        self,
        home: Home,
        store: Store,
        journal: Journal,
        units: dict[str, Unit],
        casualties: Casualties,
        wake: Callable[[], None],
    ) -> None:
        self._home = home
        self._store = store
        self._journal = journal
        self._units = units
        self._casualties = casualties
        self._wake = wake

    def do(self, decisions: Decisions) -> None:
        """One write for the decisions of all services, then the acts."""
        before = self._store.state
        state = before
        acts: list[tuple[InstanceRecord, decide.Action]] = []
        for key, actions in decisions.items():
            for action in actions:
                record = self._planned(state, key, action)
                if record is not None:
                    acts.append((record, action))
                    state = with_instance(state, record)
                    state = runs.begun(state, record, wall()) if isinstance(action, decide.Start) else state
        if state != before:
            self._store.keep(state)
        for record, action in acts:
            self._act(record, action)

    def _planned(self, state: State, key: str, action: decide.Action) -> InstanceRecord | None:
        """The record as it is after the action."""
        now = monotonic()
        if isinstance(action, decide.Start):
            return self._new(state, key, action.release)
        record = state.instances.get(action.id)
        if record is None:
            return None
        if isinstance(action, decide.Weigh):
            return replace(record, weight=action.weight)
        if isinstance(action, decide.Drain):
            return replace(record, phase="draining", since=now, weight=0)
        if isinstance(action, decide.Restore):
            return replace(record, phase="ready", since=now)
        return record if isinstance(action, decide.Kill) else replace(record, phase="stopping", since=now, weight=0)

    def _new(self, state: State, key: str, release: str) -> InstanceRecord | None:
        desired = state.services[key].desired
        share = next(s for s in desired.shares if s.release == release)
        restarts = self._casualties.troubles.get((key, release), Trouble()).restarts
        record = InstanceRecord(
            id=new_instance(release),
            service=key,
            release=release,
            generation_of_restart=desired.generation_of_restart,
            run=share.run,
            phase="starting",
            since=monotonic(),
            restarts=restarts,
        )
        if share.run.kind != "http":
            return record
        try:
            return replace(record, port=free_port({r.port or 0 for r in state.instances.values()}))
        except OSError as error:
            self._casualties.failed(record, unstartable(record, error, stamp()))
            return None

    def _act(self, record: InstanceRecord, action: decide.Action) -> None:
        unit = self._units.get(record.id)
        if isinstance(action, decide.Start):
            self._spawn(record)
        elif isinstance(action, decide.Stop) and unit is not None:
            self._journal.write(
                "stopping", record.id, held_by=f"{unit.in_flight} connections" if unit.in_flight else None
            )
            unit.signal(signal.SIGTERM)
        elif isinstance(action, decide.Kill) and unit is not None:
            unit.killed = True
            kill_marked(str(self._home.root), record.id)
            unit.signal(signal.SIGKILL)
        elif isinstance(action, decide.Drain | decide.Restore):
            self._journal.write("draining" if isinstance(action, decide.Drain) else "restored", record.id)

    def _spawn(self, record: InstanceRecord) -> None:
        try:
            unit = spawn(self._home, record, self._wake)
        except OSError as error:
            state = without_instance(self._store.state, record)
            self._store.keep(runs.over(state, record, Exit(), wall()))
            self._casualties.failed(record, unstartable(record, error, stamp()))
            return
        self._units[record.id] = unit
        self._tell_of_missed(record)
        follower = unit.follower
        if follower is not None:
            known = replace(record, pid=follower.pid, start=follower.start)
            self._store.keep(with_instance(self._store.state, known))
        self._journal.write("started", record.id, pid=unit.pid, service=record.service, port=record.port)

    def _tell_of_missed(self, record: InstanceRecord) -> None:
        schedule = self._store.state.services[record.service].schedule
        if record.run.schedule is None or schedule is None or schedule.running is None:
            return
        LogFile(self._home.logs(record.service, record.id)).note(runs.begins(schedule.running))
        if schedule.running.missed:
            self._journal.write("missed", record.id, due_times=schedule.running.missed, service=record.service)
