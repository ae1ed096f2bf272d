"""A project's own tests, run where builds are made; nothing of it is left."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kr8.domain.digest import digest
from kr8.domain.project import Service
from kr8.drivers.build.places import Place, locked
from kr8.drivers.build.sandbox import Ran, Sandbox
from kr8.ports.builder import Trial, Tried
from kr8.ports.repositories import Repositories

NOT_KEPT_IN = "the kernel has no Landlock to keep them in"
SECONDS = 600.0
"""How long tests may take where no service says how long its build may."""
IN_ITS_FOLDER = ("/bin/sh", "-c", 'exec "$@"', "sh")
"""A program may be named from the folder that it runs in."""


async def try_out(trial: Trial, builds: Path, repositories: Repositories, sandbox: Sandbox) -> Tried:
    """Build the services one after the other, then run the tests. Without a sandbox nothing is run."""
    if not sandbox.is_there():
        return Tried(state="not_run", why=NOT_KEPT_IN)
    build = f"bld_{digest(['trial', trial.tree, list(trial.tests)])[:16]}"
    async with locked(builds, build):
        place = Place(builds, build)
        try:
            await sandbox.clear(place)
            await repositories.export(trial.repository, trial.tree, place.files)
            return await _tried(trial, place, sandbox)
        finally:
            await asyncio.to_thread(place.remove)


async def _tried(trial: Trial, place: Place, sandbox: Sandbox) -> Tried:
    for name, service in trial.services.items():
        if not (place.files / service.path).is_dir():
            return Tried(state="failed", why=f"The path of {name} is no folder.")
        if service.build is not None:
            ran = await _built(service.build, service, place, sandbox)
            if not ran.ok():
                return _failed(f"The build of {name}", ran)
    limit = max((each.build_limit.total_seconds() for each in trial.services.values()), default=SECONDS)
    ran = await sandbox.run((*IN_ITS_FOLDER, *trial.tests), place, place.files, limit, _say)
    return Tried(state="passed") if ran.ok() else _failed("Its tests", ran)


async def _built(command: str, service: Service, place: Place, sandbox: Sandbox) -> Ran:
    folder = place.files / service.path
    return await sandbox.run(("/bin/sh", "-c", command), place, folder, service.build_limit.total_seconds(), _say)


def _failed(of_what: str, ran: Ran) -> Tried:
    how = f"it met its {ran.limit} limit" if ran.limit is not None else ran.ended.how()
    return Tried(state="failed", why=f"{of_what}: {how}.", output=ran.lines)


async def _say(line: str) -> None:
    """Nobody listens: the last lines are kept."""
