"""The instances of all services: looks, decides, writes down, acts; again whenever something changes."""

import asyncio
import contextlib
import signal
from dataclasses import replace

from kr8.supervisor import casualties, decide, evidence, frontends, verdict, view
from kr8.supervisor.exits import exit_file, recorded
from kr8.supervisor.freeport import free_port
from kr8.supervisor.home import Home
from kr8.supervisor.instants import monotonic, stamp
from kr8.supervisor.journal import Journal
from kr8.supervisor.listeners import Listeners
from kr8.supervisor.names import new_instance
from kr8.supervisor.observed import Failure, ServiceObserved
from kr8.supervisor.process import Exit, kill_marked
from kr8.supervisor.proxy.errors import ProxyError
from kr8.supervisor.proxy.observed import ProxyState, ServerState
from kr8.supervisor.proxy.table import Table
from kr8.supervisor.proxyport import ProxyPort
from kr8.supervisor.refused import RefusedError
from kr8.supervisor.state import InstanceRecord, State
from kr8.supervisor.store import Store
from kr8.supervisor.trouble import Trouble, failed, ready
from kr8.supervisor.unit import Unit, adopt, spawn
from kr8.supervisor.verdict import Verdict

_AT_ONCE_S = 0.005
_BUSY_S = 0.05
_WAITING_S = 0.25
_IDLE_S = 1.0


class Fleet:
    """`wake` asks for another look at once; `changed` is awaited by whoever waits for a new revision."""

    def __init__(self, home: Home, store: Store, journal: Journal, proxy: ProxyPort, listeners: Listeners) -> None:
        self.units: dict[str, Unit] = {}
        self.troubles: dict[tuple[str, str], Trouble] = {}
        self.changed = asyncio.Condition()
        self.proxy_state: ProxyState | None = None
        self._home = home
        self._store = store
        self._journal = journal
        self._proxy = proxy
        self._listeners = listeners
        self._wake = asyncio.Event()
        self._acted = False
        self._shapes: dict[str, tuple[int, object]] = {}
        self._applied: object = None
        self._portless: dict[str, RefusedError] = {}
        self._next_revision = int(asyncio.get_running_loop().time() * 1000)
        self._pass = asyncio.Lock()

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Forever."""
        while True:
            await self.step()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()

    async def step(self) -> None:
        """One look, one decision, one writing down, and the acts."""
        async with self._pass:
            self._wake.clear()
            before = self._store.state
            await self._look()
            self._store.keep(self._bury(self._store.state))
            self._store.keep(self._judge(self._store.state))
            self._decide()
            self._acted = self._store.state != before
            await self._route()
            await self._publish()

    def adopt(self) -> None:
        """Take over what runs already, after a death of the supervisor; what is gone is started anew."""
        state = self._store.state
        for record in tuple(state.instances.values()):
            unit = adopt(self._home, record, self.wake)
            if unit is not None:
                self.units[record.id] = unit
                self._journal.write("adopted", record.id, pid=record.pid)
                if record.phase == "stopping":
                    unit.signal(signal.SIGTERM)
                elif record.phase == "draining":  # perhaps the proxy was never told: begin again
                    state = _with(state, replace(record, since=monotonic()))
                continue
            state = self._lost(state, record)
        self._store.keep(state)

    def _lost(self, state: State, record: InstanceRecord) -> State:
        kill_marked(str(self._home.root), record.id)
        self._journal.write("gone", record.id, why="it ended while no supervisor ran")
        if record.run.kind == "job" and record.pid is not None:
            over = recorded(exit_file(self._home.instance(record.id)))
            return self._job_over(_without(state, record), record, over)
        return _without(state, record)

    def close(self) -> None:
        """Leave everything running and let go of it."""
        for unit in self.units.values():
            unit.close()
        self.units.clear()

    def forget_troubles(self, key: str) -> None:
        """Something else is wanted of the service: try at once."""
        for known in [k for k in self.troubles if k[0] == key]:
            del self.troubles[known]

    def observed(self, key: str) -> ServiceObserved:
        """What the service is now."""
        state = self._store.state
        revision = self._shapes.get(key, (0, None))[0]
        found = view.observed(state, self._situation(key), self.units, self.troubles, revision)
        pid = None if self.proxy_state is None else self.proxy_state.pid
        found = replace(found, proxy_pid=pid, state_saved=self._store.saved)
        if (refused := self._portless.get(key)) is None:
            return found
        why = Failure("port_taken", f"{refused.problem.what}: {refused.problem.why}", "", "", stamp())
        return replace(found, settled=False, stuck=why)

    def _situation(self, key: str) -> decide.Situation:
        return view.situation(self._store.state, key, self.units, self.troubles, key in self._listeners.held)

    def _pause(self) -> float:
        if self._acted:
            return _AT_ONCE_S
        phases = {r.phase for r in self._store.state.instances.values()}
        if phases & {"starting", "draining", "stopping"}:
            return _BUSY_S
        settled = all(self.observed(key).settled for key in self._store.state.services)
        return _IDLE_S if settled and self._store.saved else _WAITING_S

    async def _look(self) -> None:
        self.proxy_state = await self._proxy.observe()
        servers = {s.name: s for f in self.proxy_state.frontends.values() for s in f}
        for unit in self.units.values():
            _seen(unit, servers.get(unit.id), self.proxy_state.pid is not None)

    def _bury(self, state: State) -> State:
        """Instances whose process is over."""
        for unit in tuple(self.units.values()):
            record = state.instances.get(unit.id)
            if unit.exit is not None and record is not None:
                state = self._buried(_without(state, record), record, unit, unit.exit)
        return state

    def _buried(self, state: State, record: InstanceRecord, unit: Unit, over: Exit) -> State:
        remaining = kill_marked(str(self._home.root), record.id)
        del self.units[unit.id]
        unit.close()
        self._journal.write("ended", record.id, how=over.text(), remaining=remaining or None)
        if unit.blame is not None:
            evidence.keep(self._home.instance(record.id), unit.failure(record, unit.blame))
        elif record.run.kind == "job" and record.phase in ("starting", "ready"):
            state = self._job_over(state, record, over, unit)
        elif record.phase in ("starting", "ready"):
            self._failed(record, unit, verdict.ended(over, remaining, unit.oom))
        elif unit.killed:
            found = Verdict("ignores_sigterm", f"it did not end within {record.run.stop_grace_s:g} s of SIGTERM")
            self._note(record, unit.failure(record, found))
        evidence.prune(self._home.instances, frozenset(state.instances))
        evidence.prune_logs(self._home.root / "logs", frozenset(state.instances))
        return state

    def _job_over(self, state: State, record: InstanceRecord, over: Exit, unit: Unit | None = None) -> State:
        code = over.code if over.code is not None else 128 + (over.signal or 127)
        service = state.services.get(record.service)
        if service is None:
            return state
        if code and unit is not None:
            self._failed(record, unit, verdict.ended(over, 0, unit.oom))
        elif code:
            what = "the job ended while no supervisor ran"
            self._failure(record, Failure("exited", what, record.release, record.id, stamp(), record.service))
        ended = {**service.ended, f"{record.release}:{record.generation_of_restart}": code}
        return replace(state, services={**state.services, record.service: replace(service, ended=ended)})

    def _judge(self, state: State) -> State:
        """Living instances: those that got ready, and those that must end."""
        for unit in tuple(self.units.values()):
            record = state.instances.get(unit.id)
            if record is None or record.phase in ("draining", "stopping") or unit.exit is not None:
                continue
            behind = record.run.kind == "http" and record.service in self._listeners.held
            if found := casualties.sentence(record, unit, behind):
                unit.blame = found
                self._failed(record, unit, found)
                unit.signal(signal.SIGKILL if found.code == "out_of_memory" else signal.SIGTERM)
                state = _with(state, replace(record, phase="stopping", since=monotonic()))
            elif record.phase == "starting" and unit.healthy and (unit.up or not behind):
                self._journal.write("ready", record.id)
                state = _with(state, replace(record, phase="ready", since=monotonic()))
            elif record.phase == "ready":
                self._calm(record)
        return state

    def _calm(self, record: InstanceRecord) -> None:
        known = (record.service, record.release)
        if known in self.troubles:
            self.troubles[known] = ready(self.troubles[known], monotonic() - record.since)

    def _failed(self, record: InstanceRecord, unit: Unit, found: Verdict) -> None:
        self._failure(record, unit.failure(record, found))

    def _failure(self, record: InstanceRecord, failure: Failure) -> None:
        known = (record.service, record.release)
        before = self.troubles.get(known, Trouble())
        self.troubles[known] = failed(before, failure, record.phase == "ready", monotonic())
        self._note(record, self.troubles[known].last or failure)

    def _note(self, record: InstanceRecord, failure: Failure) -> None:
        evidence.keep(self._home.instance(record.id), failure)
        self._journal.write("failed", record.id, code=failure.code, what=failure.what, service=record.service)

    def _decide(self) -> None:
        """Write down what is going to be done, for all services at once, then do it."""
        before = self._store.state
        state = before
        acts: list[tuple[InstanceRecord, decide.Action]] = []
        for key in before.services:
            for action in decide.decide(self._situation(key)):
                record = self._planned(state, key, action)
                if record is not None:
                    acts.append((record, action))
                    state = _with(state, record)
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
        restarts = self.troubles.get((key, release), Trouble()).restarts
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
            self._failure(record, casualties.unstartable(record, error, stamp()))
            return None

    def _act(self, record: InstanceRecord, action: decide.Action) -> None:
        unit = self.units.get(record.id)
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
            unit = spawn(self._home, record, self.wake)
        except OSError as error:
            self._store.keep(_without(self._store.state, record))
            self._failure(record, casualties.unstartable(record, error, stamp()))
            return
        self.units[record.id] = unit
        follower = unit.follower
        if follower is not None:
            known = replace(record, pid=follower.pid, start=follower.start)
            self._store.keep(_with(self._store.state, known))
        self._journal.write("started", record.id, pid=unit.pid, service=record.service, port=record.port)

    async def _route(self) -> None:
        """Tell the proxy, and let go of sockets that nobody needs."""
        state = self._store.state
        for key in self._listeners.held:
            service = state.services.get(key)
            if (service is None or not service.desired.shares) and not state.members(key):
                self._listeners.release(key)
        wanted = {k: s.desired.listen for k, s in state.services.items() if s.desired.listen and s.desired.shares}
        self._portless = self._listeners.ensure(wanted)
        fds = self._listeners.held
        healthy = frozenset(u.id for u in self.units.values() if u.was_healthy)
        table = frontends.table(state, fds, healthy)
        if table == self._applied and not self._differs(table):
            return
        self._applied = None
        try:
            await self._proxy.apply(table)
            self._applied = table
            self._listeners.sweep()
        except (OSError, TimeoutError, ProxyError, ValueError) as error:
            self._journal.write("proxy_refused", "proxy", why=error)

    def _differs(self, table: Table) -> bool:
        """Whether the proxy, as it was seen, is not what it was told."""
        return any(
            s.name in self.units and self.units[s.name].weight not in (None, s.weight) for f in table for s in f.servers
        )

    async def _publish(self) -> None:
        new: dict[str, tuple[int, object]] = {}
        for key in self._store.state.services:
            found = view.shape(self.observed(key))
            revision, before = self._shapes.get(key, (0, None))
            if found != before:
                self._next_revision += 1
                revision = self._next_revision
            new[key] = (revision, found)
        if new != self._shapes:
            self._shapes = new
            async with self.changed:
                self.changed.notify_all()


def _seen(unit: Unit, server: ServerState | None, proxy_runs: bool) -> None:
    unit.in_flight = None
    if server is not None:
        unit.in_flight = server.current
        unit.weight = server.weight
        unit.proxy_status = server.status
        unit.up = frontends.passes(server, unit.up)
    elif proxy_runs:
        unit.weight = unit.proxy_status = None
        unit.in_flight = 0


def _with(state: State, record: InstanceRecord) -> State:
    return replace(state, instances={**state.instances, record.id: record})


def _without(state: State, record: InstanceRecord) -> State:
    return replace(state, instances={k: v for k, v in state.instances.items() if k != record.id})
