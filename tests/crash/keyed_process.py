"""Calls with one key, on a real database, killed at one moment of it: FOLDER TEMPLATE.

Each round has a copy of the database, and lives in processes of its own: one that is killed at the Nth statement or
commit, one that is killed there again, and one that lives. What the last one was answered, and which deployments there
are then, is a line of JSON on the standard output. The last round is the first that nobody was killed in.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from dataclasses import fields
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from tests.fakes.deployments import MemoryDeployments
from tests.fakes.engine import FakeEngine
from tests.fakes.environments import MemoryEnvironments
from tests.fakes.projects import MemoryProjects
from tests.fakes.repositories import FakeRepositories
from tests.fakes.secrets import FakeSecrets
from tests.support.house import ADA, CATALOGUE, HEAD, ROOT, STAGING, WEB

from kr8.catalogue.invoke import invoke
from kr8.catalogue.once import Answered, Once
from kr8.catalogue.redaction import Redaction
from kr8.catalogue.services import Services
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.store.audit import SqlAudit
from kr8.drivers.store.deployments import SqlDeployments
from kr8.drivers.store.engine import make_engine
from kr8.drivers.store.keyed_calls import SqlKeyedCalls
from kr8.drivers.store.store import Store
from kr8.drivers.system.clock import SystemClock
from kr8.drivers.system.entropy import SystemEntropy
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.desk import Desk
from kr8.workflows.grounds import Grounds

AT_ONCE = 5
"""How many ask with the same key in each process."""


def services(store: Store) -> Services:
    """What deploying asks for: a real store, and nothing else that is real."""
    clock = SystemClock()
    entropy, repositories = SystemEntropy(clock), FakeRepositories()
    repositories.put(ROOT, {"kr8.toml": (HEAD + WEB + STAGING).encode()})
    deployments, keyed_calls = SqlDeployments(store), SqlKeyedCalls(store)
    desk = Desk(clock, entropy, deployments, FakeEngine())
    environments = MemoryEnvironments(MemoryDeployments())
    ports: dict[str, Any] = dict.fromkeys(field.name for field in fields(Services))
    ports |= {"clock": clock, "entropy": entropy, "audit": SqlAudit(store, clock), "deployments": deployments}
    ports |= {"desk": desk, "once": Once(keyed_calls, desk), "redaction": Redaction(FakeSecrets(), clock)}
    ports["checkouts"] = Checkouts(clock, MemoryProjects(), repositories, TomlProjectFiles(), environments, Grounds(()))
    return Services(**ports)


def die_at(engine: Engine, moment: int) -> None:
    """Be killed just before the Nth statement or commit."""
    seen = count(1)

    def step(*_: object) -> None:
        if next(seen) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", step)
    event.listen(engine, "commit", step)


def live(file: Path, moment: int | None, answer: Path) -> None:
    """Ask, some at once; keep what the first one was answered."""
    engine = make_engine(f"sqlite:///{file}")
    if moment is not None:
        die_at(engine, moment)
    ports = services(Store(engine))

    async def ask() -> list[Answered]:
        calls = (
            invoke(CATALOGUE, "deploy_project", {"environment": "staging"}, ports, ADA, str(ROOT), key="k")
            for _ in range(AT_ONCE)
        )
        return await asyncio.gather(*calls)

    answer.write_text(json.dumps(sorted({each.value["id"] for each in asyncio.run(ask())})))


def is_killed(file: Path, moment: int | None, answer: Path) -> bool:
    """Live in a process of its own; whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            live(file, moment, answer)
        except BaseException as error:
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in (0, -signal.SIGKILL):
        raise SystemExit(f"a process ended with {code}")
    return code != 0


def main(folder: Path, template: Path) -> None:
    """Every round."""
    answer = folder / "answer.json"
    for moment in count(1):
        file = Path(shutil.copy(template, folder / f"{moment}.db"))
        killed = is_killed(file, moment, answer)
        twice = killed and is_killed(file, moment, answer)
        if is_killed(file, None, answer):
            raise SystemExit("killed, and nobody was to die")
        answered = json.loads(answer.read_text())
        print(json.dumps({"moment": moment, "killed": killed, "twice": twice, "answered": answered}), flush=True)
        if not killed:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
