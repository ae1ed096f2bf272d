"""Git, as far as kr8 needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from kr8.domain.model import Model


class Commit(Model):
    """A commit of a repository."""

    id: str
    """The full commit id."""
    subject: str
    """Its first line: untrusted text."""


class Paths(Model):
    """What a commit has, by path."""

    files: tuple[str, ...]
    links: tuple[str, ...] = ()
    """Wherever they lead."""
    submodules: tuple[str, ...] = ()


class Repositories(Protocol):
    """Reads commits, and a checkout's files as they lie there; makes a first commit. Only commits are ever built."""

    async def root(self, path: Path) -> Path | None:
        """The top folder of the repository that a path is in; None: there is no repository."""
        ...

    async def resolve(self, repository: Path, revision: str) -> Commit:
        """The commit of a revision. Raises Refused where there is none."""
        ...

    async def changes(self, repository: Path) -> tuple[str, ...]:
        """Paths that differ from HEAD or are not tracked, ignored ones excepted."""
        ...

    async def files(self, repository: Path) -> tuple[str, ...]:
        """Paths of the checkout's files, committed or not, ignored ones excepted; some may be links, or gone."""
        ...

    async def is_older(self, repository: Path, commit: str, than: str) -> bool:
        """Whether another commit was made of a commit; False where this clone lacks one of them, or what is between."""
        ...

    async def tree(self, repository: Path, commit: str, path: str) -> str:
        """The id of a folder's tree in a commit. Raises Refused where there is no such folder."""
        ...

    async def paths(self, repository: Path, commit: str) -> Paths:
        """The paths of a commit's files, and of what else it has."""
        ...

    async def read(self, repository: Path, commit: str, path: str) -> bytes | None:
        """A file's content in a commit, or of a revision; None: there is no such file. Raises as `resolve`."""
        ...

    async def working(self, repository: Path, path: str) -> bytes | None:
        """A file as it lies in the checkout, committed or not; None: there is no such file. A link is none."""
        ...

    async def export(self, repository: Path, tree: str, directory: Path) -> None:
        """Write a tree's files into an empty directory. Raises Refused on entries that would leave it."""
        ...

    async def start(self, directory: Path, message: str) -> Commit:
        """Make a repository of a directory where there is none, and commit all its files."""
        ...
