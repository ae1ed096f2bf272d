"""Private copies of a project's files, for tools that must not see a file change, nor change one."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from datetime import date
from pathlib import Path
from typing import Protocol

from kr8.domain.leaving_out import LeavingOut
from kr8.domain.waiver import Waivers
from kr8.ports.checkers import Sources


class Copies(Protocol):
    """Copies files out of a repository, within limits; the copy is gone when the context ends.

    Links are not followed: a link is no file. What is left out is said in `Sources.skipped`.
    """

    async def state(self, repository: Path) -> str:
        """What is another one as soon as the files of the working tree are others, by names, sizes and times."""
        ...

    def of_checkout(self, repository: Path) -> AbstractAsyncContextManager[Sources]:
        """The files of the working tree, committed or not, ignored ones excepted."""
        ...

    def of_commit(self, repository: Path, commit: str) -> AbstractAsyncContextManager[Sources]:
        """The files of a commit."""
        ...

    async def leaving_out(self, sources: Sources) -> LeavingOut:
        """What the project's patterns do with every path of the repository, whether it was copied or not."""
        ...

    async def waivers(self, sources: Sources, today: date) -> Waivers:
        """The waivers of a copy."""
        ...

    def without(self, sources: Sources, paths: Collection[str]) -> AbstractAsyncContextManager[Sources]:
        """A copy without some files: no tool that looks into its folder meets them. Without any it is the same one."""
        ...

    async def read(self, sources: Sources, path: str) -> bytes | None:
        """The content of a file of a copy; None: it has no such file."""
        ...
