"""Builds on this machine: each id once, in the folder where it will run."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

from kr8.domain.model import format_duration
from kr8.domain.problem import Refused, refuse
from kr8.domain.redact import Mask, Piece
from kr8.domain.release import Build, build_id
from kr8.drivers.build.allowed import NOT_KEPT_IN, allowed
from kr8.drivers.build.artifact import artifact
from kr8.drivers.build.environment import CONFIGURATION, environment
from kr8.drivers.build.places import Place, all_ids, locked
from kr8.drivers.process.command import Command, DiskLimit, Ended, Limit
from kr8.drivers.process.disk import taken
from kr8.drivers.process.driver import Processes
from kr8.ports.builder import BuildOrder, Say
from kr8.ports.clock import Clock
from kr8.ports.repositories import Repositories
from kr8.sandbox import landlock

DISK_LIMIT = 2 << 30
SHOWN = 40
PYTHON = Path(sys.executable).parent


class LocalBuilder:
    """Implements the port `Builder`."""

    def __init__(
        self,
        home: Path,
        repositories: Repositories,
        processes: Processes,
        clock: Clock,
        inherited: Mapping[str, str],
        mask: Mask,
        disk_limit: int = DISK_LIMIT,
        kernel: Callable[[], int] = landlock.version,
    ) -> None:
        """`inherited`: the daemon's environment, of which builds see what drivers/build/environment.py lists.

        `mask`: masks the secrets that a build may have printed, before its words are kept anywhere. `kernel`: which
        version of Landlock this machine has.
        """
        self._kernel = kernel
        self._home = home
        self._builds = home / "builds"
        self._cache = home / "cache"
        self._repositories = repositories
        self._processes = processes
        self._clock = clock
        self._inherited = dict(inherited)
        self._mask = mask
        self._disk_limit = disk_limit

    async def build(self, order: BuildOrder, say: Say) -> Build:
        """Make the build, or find it made. Raises Refused with the last lines where it fails or meets a limit."""
        build = build_id(order.project, order.service, order.tree, order.spec.build)
        place = Place(self._builds, build)
        async with locked(self._builds, build):
            made = place.made() or await self._make(build, order, place, say)
        # Two commits can share a tree: what was built for one is the build of the other.
        return made.model_copy(update={"commit": order.commit})

    async def prune(self, keep: frozenset[str]) -> int:
        """Remove every build whose id is not in `keep`; the bytes that were freed."""
        freed = 0
        for build in all_ids(self._builds):
            if build not in keep:
                async with locked(self._builds, build):
                    place = Place(self._builds, build)
                    freed += await asyncio.to_thread(taken, place.folder)
                    await asyncio.to_thread(place.remove)
        return freed

    async def sizes(self) -> dict[str, int]:
        """The bytes of each build that is here, by its id: as they were counted when it was made."""
        return await asyncio.to_thread(lambda: {build: self._size(build) for build in all_ids(self._builds)})

    def _size(self, build: str) -> int:
        place = Place(self._builds, build)
        made = place.made()
        return made.bytes if made is not None else taken(place.folder)

    async def _make(self, build: str, order: BuildOrder, place: Place, say: Say) -> Build:
        begun = monotonic()
        try:
            await asyncio.to_thread(place.clear)
            await self._repositories.export(order.repository, order.tree, place.files)
            await self._run(order, place, say)
            shutil.rmtree(place.scratch, ignore_errors=True)
            made = Build(
                id=build,
                service=order.service,
                commit=order.commit,
                tree=order.tree,
                artifact=await asyncio.to_thread(artifact, place.files),
                directory=str(place.files),
                bytes=await asyncio.to_thread(taken, place.files),
                seconds=round(monotonic() - begun, 3),
                made_at=self._clock.now(),
            )
            await asyncio.to_thread(place.finish, made)
        except BaseException:
            await asyncio.to_thread(place.remove)
            raise
        return made

    async def _run(self, order: BuildOrder, place: Place, say: Say) -> None:
        if order.spec.build is None:
            return
        await asyncio.to_thread(prepare, self._cache, Path(self._inherited.get("HOME", "/")))
        env = environment(self._inherited, self._cache, place.scratch, PYTHON)
        kept_in = self._kernel() >= landlock.LEAST
        if not kept_in:
            await say(NOT_KEPT_IN)
        command = Command(
            argv=("/bin/sh", "-c", order.spec.build),
            cwd=place.files,
            env=env,
            allowed=await asyncio.to_thread(allowed, self._home, place, env) if kept_in else None,
            limit_seconds=order.spec.build_limit.total_seconds(),
            output_limit=256 << 20,
            disk=DiskLimit(directory=place.folder, bytes=self._disk_limit),
        )
        last: deque[str] = deque(maxlen=SHOWN)

        async def printed(piece: Piece) -> None:
            last.append(self._mask(piece))
            await say(last[-1])

        ended = await self._processes.run(command, printed)
        full = shutil.disk_usage(place.folder).free < 1 << 20
        too_much = await asyncio.to_thread(taken, place.folder) > self._disk_limit
        if not ended.ok() or too_much:
            raise failure(order, ended, tuple(last), self._disk_limit, disk_full=full or too_much)


def prepare(cache: Path, home: Path) -> None:
    """Make what builds share: a home that links to the operator's package settings, and kr8's own `uv`."""
    (cache / "bin").mkdir(parents=True, exist_ok=True)
    links = {cache / "bin" / name: PYTHON / name for name in ("uv", "uvx")}
    links |= {cache / "home" / name: home / name for name in CONFIGURATION}
    (cache / "home").mkdir(exist_ok=True)
    for link, target in links.items():
        if link.is_symlink() and link.readlink() != target:
            link.unlink()
        if target.exists() and not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(target)


def failure(order: BuildOrder, ended: Ended, lines: tuple[str, ...], disk_limit: int, *, disk_full: bool) -> Refused:
    """What a build that failed is refused with. Nothing of it is left, and nothing that runs was touched."""
    command = f"The build command is services.{order.service}.build in kr8.toml."
    limit: Limit | None = "disk" if disk_full else ended.limit
    if limit == "time":
        allowed = format_duration(order.spec.build_limit)
        what = f"The build of {order.service} was stopped: it took longer than its limit, {allowed}."
        mend = f"Make it faster, or raise services.{order.service}.build_limit."
        return refuse("build_timed_out", what, why=command, mend=mend, output=lines)
    if limit == "disk":
        what = f"The build of {order.service} took more disk than there is for it: {disk_limit >> 20:,} MiB."
        mend = "Let it leave less, or give kr8 more disk; `kr8 doctor` shows what builds take."
        return refuse("build_disk_full", what, why=command, mend=mend, output=lines, retryable=True)
    what = f"The build of {order.service} failed: {ended.how()}."
    mend = "Read its last lines, mend the cause, commit and plan again."
    return refuse("build_failed", what, why=command, mend=mend, output=lines, field=f"services.{order.service}.build")
