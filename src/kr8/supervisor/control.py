"""The verbs of the supervisor's interface. Each changes the state in one step, or refuses and changes nothing."""

import asyncio
from dataclasses import dataclass

from kr8.supervisor import evidence, state, tallies
from kr8.supervisor.codec import MalformedError
from kr8.supervisor.fleet import Fleet
from kr8.supervisor.home import Home
from kr8.supervisor.journal import Journal
from kr8.supervisor.listeners import Listeners
from kr8.supervisor.observed import (
    BaselineObserved,
    CountersObserved,
    EnvironmentObserved,
    Failure,
    Returned,
    ServiceObserved,
)
from kr8.supervisor.proxyport import ProxyPort
from kr8.supervisor.refused import RefusedError, unknown
from kr8.supervisor.reserve import Reserve
from kr8.supervisor.state import Baseline, EnvironmentRecord, State
from kr8.supervisor.store import Store
from kr8.supervisor.wire import PostReturn, PutDesired, PutPromoted, ServiceDesired, environment_of

LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Control:
    home: Home
    store: Store
    journal: Journal
    fleet: Fleet
    proxy: ProxyPort
    listeners: Listeners
    reserve: Reserve

    def put_desired(self, key: str, put: PutDesired) -> ServiceObserved:
        """Tell a service what it must be."""
        if put.desired.key != key:
            raise MalformedError(f"body.desired.key: {put.desired.key} is not the {key} of the path")
        environment = environment_of(key)
        state.fence(self.store.state, environment, put.epoch)
        held = self.store.state.services.get(key)
        told = state.with_desired(state.with_epoch(self.store.state, environment, put.epoch), put.desired)
        self._tell(told, (put.desired,), strict=True)
        anew = held is None or held.desired != put.desired
        if anew or self.fleet.observed(key).stuck is not None:  # asked for again: it may have been mended
            self.fleet.forget_troubles(key)
        if anew:
            self.journal.write("desired", key, epoch=put.epoch, shares=_short(put.desired))
        return self.fleet.observed(key)

    def put_promoted(self, environment: str, put: PutPromoted) -> EnvironmentObserved:
        """Keep a baseline."""
        for key, desired in put.services.items():
            if key != desired.key or environment_of(key) != environment:
                raise MalformedError(f"body.services.{key}: not a service of {environment}")
        state.fence(self.store.state, environment, put.epoch)
        baseline = Baseline(put.generation, put.label, put.services, irreversible=put.irreversible)
        self.store.commit(state.with_promoted(self.store.state, environment, put.epoch, baseline, put.withdrawn))
        self.journal.write("promoted", environment, epoch=put.epoch, generation=put.generation, label=put.label)
        return self.environment(environment)

    def post_return(self, environment: str, post: PostReturn) -> Returned:
        """Go back to a baseline, never across what cannot be undone, and fence whoever held the environment.

        Works on a full disk too.
        """
        made = state.returned(self.store.state, environment, post.to)
        if made is None:
            raise unknown("baseline", f"{post.to} of {environment}", ())
        told, baseline = made
        here = tuple(s.desired for k, s in told.services.items() if environment_of(k) == environment)
        given_back = self.reserve.make_room()
        saved = self._tell(told, here, strict=False)
        if not saved and self.reserve.make_room(refused=True):
            given_back, saved = True, self.store.keep(told)
        if given_back:
            self.journal.write("reserve_spent", environment)
        for desired in here:
            self.fleet.forget_troubles(desired.key)
        epoch = told.epoch(environment)
        self.journal.write("returned", environment, to=post.to, generation=baseline.generation, epoch=epoch)
        return Returned(epoch, baseline.generation, baseline.label, saved)

    def post_epoch(self, environment: str, epoch: int) -> EnvironmentObserved:
        """Fence everybody below."""
        state.fence(self.store.state, environment, epoch)
        self.store.commit(state.with_epoch(self.store.state, environment, epoch))
        return self.environment(environment)

    def environment(self, key: str) -> EnvironmentObserved:
        now = self.store.state
        record = now.environments.get(key, EnvironmentRecord())
        promoted = tuple(
            BaselineObserved(b.generation, b.label, b.withdrawn, b.services, b.irreversible) for b in record.promoted
        )
        services = tuple(k for k in now.services if environment_of(k) == key)
        return EnvironmentObserved(key, record.epoch, promoted, services)

    def services(self) -> tuple[str, ...]:
        """The keys of those that run or shall; where the state is not known, of those that the proxy serves."""
        seen, state = self.fleet.proxy_state, self.store.state
        if self.store.lost and seen is not None:
            return tuple(seen.frontends)
        return tuple(key for key, held in state.services.items() if held.desired.shares or state.members(key))

    def environments(self) -> tuple[EnvironmentObserved, ...]:
        return tuple(self.environment(key) for key in self.store.state.environments)

    async def observed(self, key: str, wait_s: float, since: int | None) -> ServiceObserved:
        """What a service is; with `since`, as soon as its revision is another."""
        self._known(key)
        try:
            async with asyncio.timeout(min(wait_s, LONGEST_WAIT_S)), self.fleet.changed:
                while (found := self.fleet.observed(key)).revision == since:
                    await self.fleet.changed.wait()
                return found
        except TimeoutError:
            return self.fleet.observed(key)

    async def counters(self, key: str) -> CountersObserved:
        """Cumulative, per release."""
        self._known(key)
        return tallies.counters(key, await self.proxy.observe(), await self.proxy.counters(key))

    def evidence(self, key: str, release: str | None) -> tuple[Failure, ...]:
        """What was kept of failed instances, newest first."""
        self._known(key)
        return evidence.kept(self.home.instances, key, release)

    def _known(self, key: str) -> None:
        if key not in self.store.state.services:
            raise unknown("service", key, tuple(self.store.state.services))

    def _tell(self, told: State, changed: tuple[ServiceDesired, ...], strict: bool) -> bool:
        """Bind what must be bound, write, then hold: a refusal at any point leaves everything as it was."""
        listening = [(d.key, d.listen) for d in changed if d.listen and d.shares]
        bound = [(key, listen, b) for key, listen in listening if (b := self.listeners.bind(key, listen))]
        try:
            if strict:
                self.store.commit(told)
            saved = self.store.keep(told)
        except RefusedError:
            for _, _, unused in bound:
                unused.close()
            raise
        for key, listen, used in bound:
            self.listeners.hold(key, listen, used)
        for desired in changed:
            if desired.listen is None and desired.shares:  # one that is gone keeps its socket until it has drained
                self.listeners.release(desired.key)
        self.fleet.wake()
        return saved


def _short(desired: ServiceDesired) -> str:
    return ", ".join(f"{s.release} x{s.instances} @{s.traffic}" for s in desired.shares) or "none"
