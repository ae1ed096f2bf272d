"""A project's own tests, run where builds are made; nothing of it is left."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic

from kr8.domain.digest import digest
from kr8.domain.project import Service
from kr8.drivers.build.places import Place, locked
from kr8.drivers.build.sandbox import Ran, Sandbox
from kr8.ports.builder import Trial, Tried
from kr8.ports.repositories import Repositories

NOT_KEPT_IN = "the kernel has no Landlock to keep them in"
SECONDS = 600.0
"""How long all of a trial may take."""
LEAST_SECONDS = 0.1
IN_ITS_FOLDER = ("/bin/sh", "-c", 'exec "$@"', "sh")
"""A program may be named from the folder that it runs in."""


async def try_out(
    trial: Trial, builds: Path, repositories: Repositories, sandbox: Sandbox, seconds: float = SECONDS
) -> Tried:
    """Build the services one after the other, then run the tests. Without a sandbox nothing is run.

    `seconds`: how long all that may take.
    """
    if not sandbox.is_there():
        return Tried(state="not_run", why=NOT_KEPT_IN)
    build = f"bld_{digest(['trial', trial.tree, list(trial.tests)])[:16]}"
    async with locked(builds, build):
        place = Place(builds, build)
        try:
            await sandbox.clear(place)
            await repositories.export(trial.repository, trial.tree, place.files)
            return await _tried(trial, place, sandbox, monotonic() + seconds)
        finally:
            await asyncio.to_thread(place.remove)


async def _tried(trial: Trial, place: Place, sandbox: Sandbox, ends: float) -> Tried:
    for name, service in trial.services.items():
        if not (place.files / service.path).is_dir():
            return Tried(state="failed", why=f"The path of {name} is no folder.")
        if service.build is not None:
            ran = await _built(service.build, service, place, sandbox, ends)
            if not ran.ok():
                return _failed(f"The build of {name}", ran)
    limit = max((each.build_limit.total_seconds() for each in trial.services.values()), default=SECONDS)
    ran = await _run(
        (*IN_ITS_FOLDER, *trial.tests), place, place.files, sandbox, seconds_left(limit, ends, monotonic())
    )
    return Tried(state="passed") if ran.ok() else _failed("Its tests", ran)


async def _built(command: str, service: Service, place: Place, sandbox: Sandbox, ends: float) -> Ran:
    limit = seconds_left(service.build_limit.total_seconds(), ends, monotonic())
    return await _run(("/bin/sh", "-c", command), place, place.files / service.path, sandbox, limit)


async def _run(argv: tuple[str, ...], place: Place, cwd: Path, sandbox: Sandbox, limit: float) -> Ran:
    return await sandbox.run(argv, place, cwd, limit, _say, alone=True)


def seconds_left(limit: float, ends: float, now: float) -> float:
    """How long a command may take that has a limit of its own, in a trial that ends then."""
    return max(min(limit, ends - now), LEAST_SECONDS)


def _failed(of_what: str, ran: Ran) -> Tried:
    how = f"it met its {ran.limit} limit" if ran.limit is not None else ran.ended.how()
    return Tried(state="failed", why=f"{of_what}: {how}.", output=ran.lines)


async def _say(line: str) -> None:
    """Nobody listens: the last lines are kept."""
