"""Where a generation is tried: some files of a checkout, in a repository that borrows the objects of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.problem import refuse
from kr8.drivers.git import commands
from kr8.drivers.git.merging import BY_GIT
from kr8.drivers.git.running import Git
from kr8.drivers.process.command import Ended
from kr8.drivers.tree import below


class Trials:
    """Makes copies in which files are written in the place of a checkout's."""

    def __init__(self, git: Git) -> None:
        self._git = git

    @asynccontextmanager
    async def of(self, root: Path, contents: Mapping[str, bytes | None]) -> AsyncGenerator[Path]:
        """A copy of a checkout with these contents, gone afterwards; None: there is no such file.

        Raises Refused (git_failed) where the checkout is none of Git's.
        """
        with TemporaryDirectory(prefix="kr8-trial-") as folder:
            copy = Path(folder)
            objects = await self._run(root, commands.objects())
            await self._run(copy, commands.init())
            alternates = copy / ".git" / "objects" / "info" / "alternates"
            alternates.parent.mkdir(exist_ok=True)
            alternates.write_bytes(objects.stdout)
            for path, content in contents.items():
                if content is not None:
                    below.replace(copy, path, content, executable=False)
            yield copy

    async def _run(self, directory: Path, argv: tuple[str, ...]) -> Ended:
        ended = await self._git.run(directory, argv)
        if not ended.ok():
            raise refuse(
                "git_failed",
                f"Git could not say where {directory} keeps its objects: {ended.how()}.",
                mend=BY_GIT,
                output=ended.last_words(),
            )
        return ended
