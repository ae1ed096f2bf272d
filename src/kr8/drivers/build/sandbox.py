"""Runs what builds are made by: with the environment, the rights and the limits of a build."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kr8.domain.redact import Mask, Piece
from kr8.drivers.build.allowed import allowed, allowed_alone
from kr8.drivers.build.environment import CACHES, CONFIGURATION, TOOLCHAINS, environment
from kr8.drivers.build.places import Place
from kr8.drivers.process.command import Command, DiskLimit, Ended, Limit
from kr8.drivers.process.disk import taken
from kr8.drivers.process.driver import Processes
from kr8.ports.builder import Say
from kr8.sandbox import landlock

SHOWN = 40
PYTHON = Path(sys.executable).parent
OUTPUT_LIMIT = 256 << 20
MEMORY_ALONE = 4 << 30
"""What each process of a trial may have. Not of address space: Node.js reserves more than that, and uses little."""


@dataclass(frozen=True)
class Ran:
    """How a command of a build has ended."""

    ended: Ended
    lines: tuple[str, ...]
    """The last ones that it printed (untrusted)."""
    limit: Limit | None

    def ok(self) -> bool:
        """Whether it ended by itself, with 0."""
        return self.ended.ok() and self.limit is None


class Sandbox:
    """The kernel's, where it has one; without, a command can read and write all that kr8 can."""

    def __init__(
        self,
        home: Path,
        processes: Processes,
        inherited: Mapping[str, str],
        mask: Mask,
        disk_limit: int,
        kernel: Callable[[], int],
    ) -> None:
        """`kernel`: which version of Landlock this machine has; the others as `LocalBuilder` has them."""
        self._home = home
        self._cache = home / "cache"
        self._shims = self._cache / "bin"
        self._processes = processes
        self._inherited = dict(inherited)
        self._operators = Path(inherited.get("HOME", "/"))
        self._mask = mask
        self._disk_limit = disk_limit
        self._kernel = kernel

    def is_there(self) -> bool:
        """Whether the kernel can keep a command in."""
        return self._kernel() >= landlock.LEAST

    async def clear(self, place: Place) -> None:
        """Make a build's empty folders: its home links to the operator's settings of packages, and to nothing else.

        Before anything runs there: what runs could have a folder of its home lead kr8 elsewhere.
        """
        await asyncio.to_thread(place.clear)
        await asyncio.to_thread(_link, {self._shims / name: PYTHON / name for name in ("uv", "uvx")})
        await asyncio.to_thread(_link, {place.home / name: self._operators / name for name in CONFIGURATION})

    async def run(
        self, argv: tuple[str, ...], place: Place, cwd: Path, limit_seconds: float, say: Say, *, alone: bool = False
    ) -> Ran:
        """Run a command in a folder of a build's place; its lines are masked before they are said or kept.

        `alone`: it writes no folder that anybody else has, reads no home of a user, and has a limit of memory.
        """
        env = self._environment(place, alone=alone)
        command = Command(
            argv=argv,
            cwd=cwd,
            env=env,
            allowed=await asyncio.to_thread(self._allowed, place, env, alone=alone) if self.is_there() else None,
            limit_seconds=limit_seconds,
            output_limit=OUTPUT_LIMIT,
            data=MEMORY_ALONE if alone else None,
            disk=DiskLimit(directory=place.folder, bytes=self._disk_limit),
        )
        last: deque[str] = deque(maxlen=SHOWN)

        async def printed(piece: Piece) -> None:
            last.append(self._mask(piece))
            await say(last[-1])

        ended = await self._processes.run(command, printed)
        full = shutil.disk_usage(place.folder).free < 1 << 20
        too_much = await asyncio.to_thread(taken, place.folder) > self._disk_limit
        is_failing = not ended.ok()
        return Ran(ended, tuple(last), "disk" if too_much or (full and is_failing) else ended.limit)

    def _environment(self, place: Place, *, alone: bool) -> dict[str, str]:
        inherited = {**_toolchains(self._operators), **self._inherited}
        if not alone:
            return environment(inherited, place, self._cache, self._shims, PYTHON)
        without = {name: value for name, value in inherited.items() if name not in CACHES}
        return environment(without, place, place.cache, self._shims, PYTHON)

    def _allowed(self, place: Place, env: Mapping[str, str], *, alone: bool) -> dict[str, int]:
        return allowed_alone(self._home, place, env, self._operators) if alone else allowed(self._home, place, env)


def _toolchains(operators: Path) -> dict[str, str]:
    """Those that lie in the operator's home."""
    folders = {name: operators / folder for name, folder in TOOLCHAINS.items()}
    return {name: str(folder) for name, folder in folders.items() if folder.is_dir()}


def _link(links: Mapping[Path, Path]) -> None:
    """Have each link lead where it should, if that is there."""
    for link, target in links.items():
        if link.is_symlink() and link.readlink() != target:
            link.unlink()
        if target.exists() and not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(target)
