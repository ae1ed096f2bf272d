"""The instances of all services: looks, decides, writes down, acts; again whenever something changes."""

import asyncio
import contextlib
import signal
from collections.abc import Mapping
from dataclasses import replace

from kr8.supervisor import decide, frontends, procfs, runs, view
from kr8.supervisor.casualties import Casualties
from kr8.supervisor.deeds import Deeds
from kr8.supervisor.home import Home
from kr8.supervisor.instants import monotonic, stamp, wall
from kr8.supervisor.journal import Journal
from kr8.supervisor.listeners import Listeners
from kr8.supervisor.observed import Failure, ServiceObserved
from kr8.supervisor.output import Capture
from kr8.supervisor.overheard import overhear
from kr8.supervisor.proxy.errors import ProxyError
from kr8.supervisor.proxy.observed import ProxyState, ServerState
from kr8.supervisor.proxy.table import Table
from kr8.supervisor.proxyport import ProxyPort
from kr8.supervisor.refused import RefusedError
from kr8.supervisor.state import InstanceRecord, with_instance
from kr8.supervisor.store import Store
from kr8.supervisor.unit import Unit, adopt

_AT_ONCE_S = 0.005
_BUSY_S = 0.05
_WAITING_S = 0.25
_IDLE_S = 1.0
_LONGEST_PASS_S = 10.0


class Fleet:
    """`wake` asks for another look at once; `changed` is awaited by whoever waits for a new revision."""

    def __init__(self, home: Home, store: Store, journal: Journal, proxy: ProxyPort, listeners: Listeners) -> None:
        self.units: dict[str, Unit] = {}
        self.changed = asyncio.Condition()
        self.proxy_state: ProxyState | None = None
        self._home = home
        self._probe = home.probe_word()
        self._store = store
        self._journal = journal
        self._proxy = proxy
        self._listeners = listeners
        self._wake = asyncio.Event()
        self._casualties = Casualties(home, journal, self.units)
        self._deeds = Deeds(home, store, journal, self.units, self._casualties, self.wake)
        self._overheard: tuple[Capture, ...] = ()
        self._acted = False
        self._looked = monotonic()
        self._refused = ""
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
            try:
                await self.step()
            except Exception as error:  # a defect in one pass must not take the interface away, nor the way back
                self._journal.write("defect", "supervisor", why=f"{type(error).__name__}: {error}")
                await asyncio.sleep(_IDLE_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()

    async def step(self) -> None:
        """One look, one decision, one writing down, and the acts."""
        async with self._pass:
            self._wake.clear()
            before = self._store.state
            self._thaw()
            await self._look()
            if self._store.lost:  # what runs goes on as it is
                return
            self._store.keep(self._casualties.bury(self._store.state))
            self._store.keep(self._casualties.judge(self._store.state, self._behind))
            self._store.keep(runs.planned(self._store.state, wall()))
            self._deeds.do({key: decide.decide(self._situation(key)) for key in self._store.state.services})
            self._acted = self._store.state != before
            await self._route()
            await self._publish()

    def _thaw(self) -> None:
        """Time in which we were frozen is nobody's fault."""
        gap = monotonic() - self._looked
        self._looked = monotonic()
        if gap > _LONGEST_PASS_S:
            self._journal.write("thawed", "supervisor", seconds=round(gap))
            state = self._store.state
            moved = {k: replace(r, since=r.since + gap) for k, r in state.instances.items()}
            self._store.keep(replace(state, instances=moved))

    def adopt(self, marked: Mapping[str, tuple[procfs.Stat, ...]]) -> None:
        """Take over what runs already, after a death of the supervisor; what is gone is started anew."""
        state = self._store.state
        for record in tuple(state.instances.values()):
            record = _found(record, marked.get(record.id, ()))
            unit = adopt(self._home, record, self.wake)
            if unit is None:
                state = self._casualties.lost(state, record)
                continue
            self.units[record.id] = unit
            self._journal.write("adopted", record.id, pid=record.pid)
            if record.phase == "stopping":
                unit.signal(signal.SIGTERM)
            elif record.phase != "ready":  # nobody watched, and perhaps the proxy was never told: its time begins again
                record = replace(record, since=monotonic())
            state = with_instance(state, record)
        self._store.keep(state)
        if self._store.lost:
            self._overheard = overhear(self._home, marked)

    def close(self) -> None:
        """Leave everything running and let go of it."""
        for unit in self.units.values():
            unit.close()
        for capture in self._overheard:
            capture.close()
        self.units.clear()

    @property
    def instances(self) -> int:
        """How many there are, of those too of which nothing else is known."""
        return len(self._store.state.instances) + len(self._overheard)

    @property
    def troubles(self) -> tuple[str, str]:
        """What the proxy refuses, and what it says is wrong; empty where all is well."""
        return self._refused, "" if self.proxy_state is None else self.proxy_state.trouble

    def forget_troubles(self, key: str) -> None:
        """Something else is wanted of the service: try at once."""
        self._casualties.forget(key)

    def observed(self, key: str) -> ServiceObserved:
        """What the service is now."""
        state = self._store.state
        revision = self._shapes.get(key, (0, None))[0]
        found = view.observed(state, self._situation(key), self.units, self._casualties.troubles, revision)
        pid = None if self.proxy_state is None else self.proxy_state.pid
        found = replace(found, proxy_pid=pid, state_saved=self._store.saved)
        if (refused := self._portless.get(key)) is None:
            return found
        why = Failure("port_taken", f"{refused.problem.what}: {refused.problem.why}", "", "", stamp())
        return replace(found, settled=False, stuck=why)

    def _situation(self, key: str) -> decide.Situation:
        listens = key in self._listeners.held
        return view.situation(self._store.state, key, self.units, self._casualties.troubles, listens)

    def _behind(self, record: InstanceRecord) -> bool:
        return record.run.kind == "http" and record.service in self._listeners.held

    def _pause(self) -> float:
        if self._acted:
            return _AT_ONCE_S
        if self._listeners.held and (self.proxy_state is None or self.proxy_state.pid is None):
            return _BUSY_S
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
        table = frontends.table(state, fds, healthy, self._probe)
        if table == self._applied and not self._differs(table):
            return
        self._applied = None
        try:
            await self._proxy.apply(table)
            self._applied = table
            self._listeners.sweep(frozenset(f.fd for f in table))
            self._refused = ""
        except (OSError, TimeoutError, ProxyError, ValueError) as error:
            if self._refused != str(error):
                self._refused = str(error)
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


def _found(record: InstanceRecord, running: tuple[procfs.Stat, ...]) -> InstanceRecord:
    """With the pid that its supervisor had no time to write down: the leader of the session carries its mark."""
    if record.pid is not None:
        return record
    leader = next((p for p in running if p.pid == p.session), None)
    return record if leader is None else replace(record, pid=leader.pid, start=leader.start)
