"""Make a running HAProxy equal to a table, and keep it running."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

from kr8.supervisor.proxy import handover, view
from kr8.supervisor.proxy.admin import ask
from kr8.supervisor.proxy.commands import step
from kr8.supervisor.proxy.config import ADMIN_SOCKET, Place, digest, render
from kr8.supervisor.proxy.counters import ServerCounters
from kr8.supervisor.proxy.errors import ProxyError
from kr8.supervisor.proxy.files import make_way
from kr8.supervisor.proxy.generations import CONFIG, Generations
from kr8.supervisor.proxy.lingering import held_connections
from kr8.supervisor.proxy.observed import ProxyState
from kr8.supervisor.proxy.parse import Reading, StatRow, answers
from kr8.supervisor.proxy.process import Process
from kr8.supervisor.proxy.records import COUNTS, MESSAGES_PIPE, PIPE, Records
from kr8.supervisor.proxy.serving import table_of
from kr8.supervisor.proxy.table import Table

_FILES = (CONFIG, COUNTS, PIPE, MESSAGES_PIPE, handover.OFFER_SOCKET, ADMIN_SOCKET)
_SETTLE_S = 0.05
_TROUBLED_S = 1.0
_SOON_S = 1.0
_FORGIVEN = 3
_LONGEST_PAUSE_S = 5.0


def _nobody(_: int) -> None:
    return


class Proxy:
    """One HAProxy. The caller keeps the listening sockets of the table open for as long as they are in it."""

    def __init__(self, home: Path, binary: str, on_death: Callable[[int], None] = _nobody) -> None:
        self.listeners: dict[str, socket.socket] = {}
        self.strays: list[socket.socket] = []
        self._home = home
        self._on_death = on_death
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.damages = [done for name in _FILES if (done := make_way(home / name))]
        self._records = Records(home)
        self.damages += [self._records.damage] if self._records.damage else []
        self._offer = handover.Offer(home, self._descriptors, self._records.messages.append)
        self._generations = Generations(home, binary, self._records, self._revive)
        self._table: Table = ()
        self._rows: tuple[StatRow, ...] = ()
        self._changing = asyncio.Lock()
        self._reading = asyncio.Lock()
        self._settling: asyncio.Task[None] | None = None
        self._reviving: asyncio.Task[None] | None = None
        self._written: str = ""
        self._unwritten: str = ""
        self._unheard = False
        self._trouble = ""
        self._falls = 0
        self._fell_at = float("-inf")

    async def adopt(self) -> bool:
        """Take over a HAProxy that outlived its supervisor, and go on with what it serves. No file is believed.

        `listeners` then has its sockets by service key, and `strays` those of which an earlier kr8's does not tell
        whose they are; `damages` says, a sentence each, what was not as it was left.
        """
        self._open()
        async with self._changing:
            if not await self._generations.find():
                return False
            if self._generations.mute is None:
                try:
                    await self._take_over()
                except OSError:
                    if self._generations.current is not None:
                        raise
                    return False
        return True

    async def _take_over(self) -> None:
        keys = await self._generations.socket_keys()
        for listener in await handover.take(self._home):
            key = keys.get(handover.address(listener))
            if key is None or key in self.listeners:
                self.strays.append(listener)
            else:
                self.listeners[key] = listener
        serving = await self._read()
        self._table = table_of({key: listener.fileno() for key, listener in self.listeners.items()}, serving.rows)
        self._write(self._table, _places(self._table))
        process = self._generations.current
        if process is not None and not self._records.hears(process):
            self._unheard = True
            self.damages.append(f"{self._home / PIPE} was made anew: what was served meanwhile is not counted")

    async def apply(self, table: Table) -> None:
        """Make HAProxy equal to the table; what has to wait for a check or a connection goes on by itself."""
        self._open()
        async with self._changing:
            self._table = table
            self._records.tally.prune({f.key: {server.name for server in f.servers} for f in table})
            try:
                more = await self._converge()
            except OSError:
                if self._generations.current is not None:
                    raise
                more = await self._converge()  # it died meanwhile: once more, from the start
        self._trouble = ""
        if more and (self._settling is None or self._settling.done()):
            self._settling = asyncio.create_task(self._settle(_SETTLE_S))

    async def observe(self) -> ProxyState:
        """Return what the proxy is doing."""
        self._records.collect()
        process = self._generations.current
        tally = self._records.tally
        if process is None:
            return ProxyState(None, tally.reset_id, None, {}, trouble=self._troubles())
        try:
            found = await self._read()
        except (OSError, ProxyError):
            return ProxyState(None, tally.reset_id, None, {}, trouble=self._troubles())
        held = held_connections(self._generations.older)
        return ProxyState(
            pid=found.pid,
            reset_id=tally.reset_id,
            started_at=process.started_at(),
            frontends=view.frontends(found.rows, self._table, tally, held),
            lost_records=found.lost_records,
            trouble=self._troubles(),
        )

    async def counters(self, key: str) -> dict[str, ServerCounters]:
        """Return cumulative counts of a frontend's servers, gone ones included; `NO_SERVER` is the proxy itself."""
        self._records.collect()
        return self._records.tally.of(key)

    async def detach(self) -> None:
        """Let go of HAProxy and leave it running, for `adopt` by another supervisor or by this one after an exec."""
        await self._rest()
        self._generations.leave()
        await self._close()

    async def stop(self) -> None:
        """End HAProxy."""
        await self._rest()
        await self._generations.end()
        await self._close()

    def _troubles(self) -> str:
        return "; ".join(filter(None, (self._trouble, self._unwritten, self._records.trouble)))

    def _open(self) -> None:
        self._records.open()
        self._offer.open()

    async def _close(self) -> None:
        self._offer.close()
        await self._records.close()

    async def _rest(self) -> None:
        tasks = [task for task in (self._settling, self._reviving) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> Reading:
        async with self._reading:
            found = await self._generations.read()
            self._records.tally.count_retries(f"{found.pid} {found.started}", found.rows)
            self._rows = found.rows
        return found

    async def _converge(self) -> bool:
        table = self._table
        places = _places(table)
        self._write(table, places)
        if self._generations.current is None:
            if not table:
                return False
            await self._generations.launch()
        # What took over by itself may have been told what was true before.
        if (await self._read()).digest != digest(table, places) or self._unheard:
            await self._generations.launch()
            self._unheard = False
        more = await self._step(table)
        self._write(table, places)
        return more

    def _write(self, table: Table, places: dict[str, Place]) -> None:
        text = render(table, places, view.unproven(table, self._rows))
        if text != self._written:
            self._unwritten = self._generations.configure(text)
            self._written = "" if self._unwritten else text

    async def _step(self, table: Table) -> bool:
        wanted = step((await self._read()).rows, table)
        if not wanted.commands:
            return wanted.more
        told = answers(await ask(self._home, *wanted.commands))
        if told.problems:
            raise ProxyError("; ".join(told.problems))
        await self._read()
        self._records.save()
        return wanted.more or told.busy

    async def _settle(self, pause: float) -> None:
        more = True
        while more:
            if pause:
                await asyncio.sleep(pause)
            more = await self._attempt()
            pause = _TROUBLED_S if self._trouble else _SETTLE_S

    async def _attempt(self) -> bool:
        try:
            async with self._changing:
                more = await self._converge()
        except (OSError, ProxyError) as error:
            self._trouble = str(error) or type(error).__name__
            return True
        self._trouble = ""
        return more

    def _revive(self, dead: Process) -> None:
        now = asyncio.get_running_loop().time()
        self._falls = self._falls + 1 if now - self._fell_at < _SOON_S else 0
        self._fell_at = now
        pause = min(_SETTLE_S * 2 ** (self._falls - _FORGIVEN), _LONGEST_PAUSE_S) if self._falls > _FORGIVEN else 0
        if self._reviving is None or self._reviving.done():
            self._reviving = asyncio.create_task(self._settle(pause))
        self._on_death(dead.pid)

    def _descriptors(self) -> list[int]:
        return [frontend.fd for frontend in self._table]


def _places(table: Table) -> dict[str, Place]:
    return {frontend.key: _place_of(frontend.fd) for frontend in table}


def _place_of(descriptor: int) -> Place:
    with socket.socket(fileno=os.dup(descriptor)) as listener:
        return Place(handover.bind_words(listener), handover.identity(listener))
