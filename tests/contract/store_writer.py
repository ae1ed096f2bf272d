"""A process of its own that writes to the store, and says what was acknowledged: MODE URL WRITES NAME."""

import asyncio
import os
import resource
import signal
import sys
from datetime import timedelta

from sqlalchemy import Engine, event
from tests.support.values import NOW

from kr8.domain.audit import Phase
from kr8.domain.deployment import TimelineEntry
from kr8.domain.problem import Refused
from kr8.drivers.store.audit import SqlAudit
from kr8.drivers.store.deployments import SqlDeployments
from kr8.drivers.store.engine import make_engine
from kr8.drivers.store.migration import migrate
from kr8.drivers.store.store import Store
from kr8.drivers.system.clock import SystemClock


def say(text: str) -> None:
    """Tell the test, at once: this process may be killed at any moment."""
    os.write(1, f"{text}\n".encode())


async def write(url: str, writes: int, name: str) -> None:
    """Append to the audit and to one timeline by turns."""
    store = Store(make_engine(url, timedelta(seconds=60)), timedelta(seconds=60), timedelta(seconds=1))
    audit, deployments = SqlAudit(store, SystemClock()), SqlDeployments(store)
    for turn in range(writes):
        try:
            entry = await audit.append(Phase.NOTE, f"{name}-{turn}", "kr8", "write", detail="x" * 2000)
            say(f"audit {entry.number}")
            noted = await deployments.note(TimelineEntry(deployment="dep_1", at=NOW, step=name, text=f"{turn}"))
            say(f"note {noted.number}")
        except Refused as refused:
            problem = refused.problem
            say(f"refused {problem.code} {problem.outcome}")
            break
    store.close()


def until_full(url: str, writes: int, name: str) -> None:
    """Write, but no file may grow beyond 400 kB: the operating system answers the Nth write with an error."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    asyncio.run(write(url, writes, name))


def die_while_migrating(url: str, statement: int, _: str) -> None:
    """Migrate, and be killed just before the Nth statement of it."""
    engine, seen = make_engine(url), 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    say(f"migrated {migrated(engine)}")


def only_migrate(url: str, _: int, __: str) -> None:
    """Wait for the word, then migrate."""
    engine = make_engine(url)
    say("ready")
    sys.stdin.read()
    say(f"migrated {migrated(engine)}")


def migrated(engine: Engine) -> bool:
    return migrate(engine)


MODES = {
    "write": lambda *words: asyncio.run(write(*words)),
    "until_full": until_full,
    "die_while_migrating": die_while_migrating,
    "only_migrate": only_migrate,
}

if __name__ == "__main__":
    mode, address, number, label = sys.argv[1:]
    MODES[mode](address, int(number), label)
