"""Builds on this machine: each id once, in the folder where it will run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

from kr8.domain.model import format_duration
from kr8.domain.problem import Refused, refuse
from kr8.domain.redact import Mask
from kr8.domain.release import Build, build_id
from kr8.drivers.build.allowed import NOT_KEPT_IN
from kr8.drivers.build.artifact import artifact
from kr8.drivers.build.places import Place, all_ids, locked
from kr8.drivers.build.sandbox import Ran, Sandbox
from kr8.drivers.build.trials import try_out
from kr8.drivers.process.disk import taken
from kr8.drivers.process.driver import Processes
from kr8.ports.builder import BuildOrder, Say, Trial, Tried
from kr8.ports.clock import Clock
from kr8.ports.repositories import Repositories
from kr8.sandbox import landlock

DISK_LIMIT = 4 << 30
"""Of a build's files, its home and its temporary files together."""


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
        self._builds = home / "builds"
        self._repositories = repositories
        self._clock = clock
        self._disk_limit = disk_limit
        self._sandbox = Sandbox(home, processes, inherited, mask, disk_limit, kernel)

    async def build(self, order: BuildOrder, say: Say) -> Build:
        """Make the build, or find it made. Raises Refused with the last lines where it fails or meets a limit."""
        build = build_id(order.project, order.service, order.tree, order.spec.build)
        place = Place(self._builds, build)
        async with locked(self._builds, build):
            made = place.made() or await self._make(build, order, place, say)
        # Two commits can share a tree: what was built for one is the build of the other.
        return made.model_copy(update={"commit": order.commit})

    async def try_out(self, trial: Trial) -> Tried:
        """Build a project and run its tests; nothing of it is left."""
        return await try_out(trial, self._builds, self._repositories, self._sandbox)

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
            await self._sandbox.clear(place)
            await self._repositories.export(order.repository, order.tree, place.files)
            await self._run(order, place, say)
            await asyncio.to_thread(place.leave_files)
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
        if not self._sandbox.is_there():
            await say(NOT_KEPT_IN)
        limit = order.spec.build_limit.total_seconds()
        ran = await self._sandbox.run(("/bin/sh", "-c", order.spec.build), place, place.files, limit, say)
        if not ran.ok():
            raise failure(order, ran, self._disk_limit)


def failure(order: BuildOrder, ran: Ran, disk_limit: int) -> Refused:
    """What a build that failed is refused with. Nothing of it is left, and nothing that runs was touched."""
    command = f"The build command is services.{order.service}.build in kr8.toml."
    lines, limit = ran.lines, ran.limit
    if limit == "time":
        allowed = format_duration(order.spec.build_limit)
        what = f"The build of {order.service} was stopped: it took longer than its limit, {allowed}."
        mend = f"Make it faster, or raise services.{order.service}.build_limit."
        return refuse("build_timed_out", what, why=command, mend=mend, output=lines)
    if limit == "disk":
        what = f"The build of {order.service} took more disk than there is for it: {disk_limit >> 20:,} MiB."
        mend = (
            "Let it leave less: its files, its HOME (`~/.m2`, `~/.gradle`, `~/.cargo`, …) and its TMPDIR count "
            "together. Where the disk is full: `kr8 doctor` shows what builds take."
        )
        return refuse("build_disk_full", what, why=command, mend=mend, output=lines, retryable=True)
    what = f"The build of {order.service} failed: {ran.ended.how()}."
    mend = "Read its last lines, mend the cause, commit and plan again."
    return refuse("build_failed", what, why=command, mend=mend, output=lines, field=f"services.{order.service}.build")
