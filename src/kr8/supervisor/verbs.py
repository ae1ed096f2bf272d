"""Everything that can be asked of the supervisor, beside the services."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass

from kr8.supervisor.control import LONGEST_WAIT_S, Control
from kr8.supervisor.instants import stamp_of
from kr8.supervisor.journal import Journal
from kr8.supervisor.keeper import Keeper
from kr8.supervisor.observed import Health, Program, TaskObserved
from kr8.supervisor.refused import state_unreadable
from kr8.supervisor.state import VERSION
from kr8.supervisor.store import Store
from kr8.supervisor.tasks import Tasks
from kr8.supervisor.wire import DaemonSpec, PostShutdown


@dataclass(frozen=True, slots=True)
class Verbs:
    control: Control
    tasks: Tasks
    keeper: Keeper
    journal: Journal
    store: Store
    since: float
    leave: Callable[[str], None]
    """How the process goes: "keep", "stop" or "upgrade"."""
    program: Program
    """As it was when this image started."""

    def health(self) -> Health:
        proxy = self.control.fleet.proxy_state
        return Health(
            version=VERSION,
            pid=os.getpid(),
            started=stamp_of(self.since),
            home=str(self.control.home.root),
            proxy_pid=None if proxy is None else proxy.pid,
            services=len(self.control.services()),
            instances=self.control.fleet.instances,
            state_saved=self.store.saved,
            daemon_pid=self.keeper.pid,
            reserve_kept=self.control.reserve.kept,
            state_known=not self.store.lost,
            troubles=tuple(filter(None, (self._lost(), self.journal.trouble, *self.control.fleet.troubles))),
        )

    def _lost(self) -> str:
        if not self.store.lost:
            return ""
        told = state_unreadable(self.store.lost).problem
        return f"{told.what} ({told.why}): {told.mend}"

    async def task(self, name: str, wait_s: float) -> TaskObserved:
        """A task; with `wait_s`, as soon as it is over."""
        try:
            async with asyncio.timeout(min(wait_s, LONGEST_WAIT_S)), self.tasks.changed:
                while (found := self.tasks.get(name)).state == "running":
                    await self.tasks.changed.wait()
                return found
        except TimeoutError:
            return self.tasks.get(name)

    def put_daemon(self, spec: DaemonSpec) -> Health:
        self.keeper.put(spec)
        return self.health()

    def drop_daemon(self) -> Health:
        self.keeper.drop()
        return self.health()

    def upgrade(self) -> Health:
        """The same process with new code, in a moment."""
        self.journal.write("upgrade", "supervisor", pid=os.getpid())
        self.leave("upgrade")
        return self.health()

    def shutdown(self, post: PostShutdown) -> Health:
        """End, in a moment."""
        self.journal.write("shutdown", "supervisor", services=post.services)
        self.leave(post.services)
        return self.health()
