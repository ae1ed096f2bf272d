"""The supervisor's process: one for a home, from its start to its end, or to its next image."""

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from kr8.supervisor.api import Server, listen
from kr8.supervisor.census import census
from kr8.supervisor.control import Control
from kr8.supervisor.fleet import Fleet
from kr8.supervisor.home import Home
from kr8.supervisor.instants import monotonic
from kr8.supervisor.journal import Journal
from kr8.supervisor.keeper import Keeper
from kr8.supervisor.listeners import Listeners
from kr8.supervisor.process import adopt_orphans, kill_marked
from kr8.supervisor.procfs import marked
from kr8.supervisor.program import installed
from kr8.supervisor.proxy.files import make_way
from kr8.supervisor.proxy.proxy import Proxy
from kr8.supervisor.reserve import Reserve
from kr8.supervisor.state import State
from kr8.supervisor.store import Store
from kr8.supervisor.tasks import Tasks
from kr8.supervisor.verbs import Verbs

_HANDED = "KR8_SUPERVISOR_FDS"
_LAST_WORD_S = 0.05
_LOOK_S = 0.5
_GRACE_S = 10.0
"""For instances of which it is not known how long they may take to end."""


class TakenError(Exception):
    """Another supervisor has this home."""


class UnusableError(Exception):
    """The home has no place for the lock or the interface."""


@dataclass(frozen=True, slots=True)
class Held:
    """What goes over to the next image: the lock, and the socket of the interface."""

    lock: int
    api: socket.socket


def hold(home: Home) -> Held:
    """Take the home, or take it over from the image before."""
    handed = os.environ.pop(_HANDED, "")
    if handed:
        lock, api = (int(fd) for fd in handed.split(","))
        os.set_inheritable(lock, False)
        os.set_inheritable(api, False)
        return Held(lock, socket.socket(fileno=api))
    try:
        home.make()
        lock = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        make_way(home.socket)
        return Held(lock, listen(home.socket))
    except BlockingIOError as error:
        raise TakenError(f"a supervisor runs for {home.root} already") from error
    except OSError as error:
        raise UnusableError(f"{home.root} cannot be used as a home: {error}") from error


async def supervise(home: Home, haproxy: str, make_store: Callable[[Path], Store] = Store) -> None:
    """Run until told to go."""
    held = hold(home)
    adopt_orphans()
    goes: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, lambda: _go(goes, "keep"))
    verbs = await _assemble(home, haproxy, make_store, lambda how: _go(goes, how))
    loops = [
        asyncio.create_task(verbs.control.fleet.run()),
        asyncio.create_task(census(verbs.control.fleet.units, verbs.control.reserve)),
        asyncio.create_task(_recover(verbs)),
    ]
    server = Server(held.api, verbs, asyncio.get_running_loop())
    server.start()
    for loop in loops:  # none fails by itself: a defect that ends one ends all, and whoever watches starts it again
        loop.add_done_callback(lambda over: _broken(goes, over))
    await goes
    await asyncio.sleep(_LAST_WORD_S)
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    await _leave(home, verbs, goes.result(), held)


def _go(goes: "asyncio.Future[str]", how: str) -> None:
    if not goes.done():
        goes.set_result(how)


def _broken(goes: "asyncio.Future[str]", over: "asyncio.Task[None]") -> None:
    if not over.cancelled() and (error := over.exception()) is not None and not goes.done():
        goes.set_exception(error)


async def _recover(verbs: Verbs) -> None:
    """A state that was not known and is put back counts from the next image on."""
    if verbs.store.lost:
        while not verbs.store.put_back():
            await asyncio.sleep(_LOOK_S)
        verbs.leave("upgrade")


async def _assemble(
    home: Home, haproxy: str, make_store: Callable[[Path], Store], leave: Callable[[str], None]
) -> Verbs:
    program = installed()
    asides = [make_way(path) for path in (home.journal, home.reserve, home.probe)]
    store = make_store(home.state)
    journal = Journal(home.journal)
    listeners = Listeners()
    proxy = Proxy(home.supervisor / "proxy", haproxy, lambda _: fleet.wake())
    fleet = Fleet(home, store, journal, proxy, listeners)
    proxy_lives = await proxy.adopt()
    for key, found in proxy.listeners.items():
        listeners.recover(key, found)
    listeners.shelter(proxy.strays)
    journal.write("supervisor_started", "supervisor", pid=os.getpid(), proxy_adopted=proxy_lives)
    running = marked(str(home.root))
    if store.missing and (proxy_lives or running):
        store.lose()
    _tell(journal, *asides, *proxy.damages, store.lost)
    if not store.lost:
        _kill_strangers(home, store.state, frozenset(running))
    fleet.adopt(running)
    tasks = Tasks(home, store, journal)
    tasks.adopt(running)
    keeper = Keeper(home, store, journal)
    keeper.adopt()
    control = Control(home, store, journal, fleet, proxy, listeners, Reserve(home.reserve))
    return Verbs(control, tasks, keeper, journal, store, monotonic(), leave, program)


def _tell(journal: Journal, *damages: str) -> None:
    for what in filter(None, damages):
        print(what, file=sys.stderr, flush=True)
        journal.write("damaged", "supervisor", what=what)


def _kill_strangers(home: Home, state: State, running: frozenset[str]) -> None:
    """Processes of instances and tasks that nobody knows any more."""
    known = set(state.instances) | {f"task:{t}" for t in state.tasks}
    for instance in running - known:
        kill_marked(str(home.root), instance)


async def _leave(home: Home, verbs: Verbs, how: str, held: Held) -> None:
    proxy = verbs.control.proxy
    if how == "stop":
        await _stop(home, verbs)
        await proxy.stop()
    verbs.control.fleet.close()
    verbs.tasks.close()
    verbs.keeper.close()
    if how != "stop":
        await proxy.detach()
    if how == "upgrade":
        _next_image(held)


async def _stop(home: Home, verbs: Verbs) -> None:
    """End every instance and task; what is desired stays written, and a next start brings it back.

    A state that is not known is given up.
    """
    units = verbs.control.fleet.units
    for unit in units.values():
        unit.signal(signal.SIGTERM)
    limit = monotonic() + max((u.run.stop_grace_s for u in units.values()), default=0.0)
    while any(u.exit is None for u in units.values()) and monotonic() < limit:
        await asyncio.sleep(_LAST_WORD_S)
    if verbs.store.lost:
        await _end_unknown(home)
        verbs.store.give_up()
    for record in tuple(verbs.store.state.tasks.values()):
        if record.state == "running":
            verbs.tasks.kill(record.id)
    for instance in marked(str(home.root)):
        kill_marked(str(home.root), instance)
    verbs.store.keep(replace(verbs.store.state, instances={}))


async def _end_unknown(home: Home) -> None:
    for processes in marked(str(home.root)).values():
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
    limit = monotonic() + _GRACE_S
    while marked(str(home.root)) and monotonic() < limit:
        await asyncio.sleep(_LAST_WORD_S)


def _next_image(held: Held) -> None:
    os.set_inheritable(held.lock, True)
    os.set_inheritable(held.api.fileno(), True)
    environment = {**os.environ, _HANDED: f"{held.lock},{held.api.fileno()}"}
    os.execve(sys.executable, sys.orig_argv, environment)


def find_haproxy(given: str | None) -> str | None:
    """The binary as given, or as KR8_HAPROXY or PATH have it."""
    return shutil.which(given or os.environ.get("KR8_HAPROXY") or "haproxy", path=_PATH)


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
