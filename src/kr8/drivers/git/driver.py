"""Repositories by the git binary: a repository can make it run nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from kr8.domain.problem import Refused, refuse
from kr8.drivers.git import checkout, commands, export, parse
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import Processes
from kr8.ports.repositories import Commit, Paths

FILE_LIMIT = 16 << 20
KEPT = 32
"""How many contents are kept, and how large each may be."""
KEPT_BYTES = 64 << 10
FILES = ("file", "program")
"""The entries of a tree that are files."""


class Contents(NamedTuple):
    """What of a commit was written to one file, in that order, and what was not, by path."""

    written: list[str]
    large: list[str]
    submodules: list[str]
    links: list[str]


class GitRepositories:
    """Implements the port `Repositories`."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._blobs: dict[tuple[Path, str], bytes] = {}

    async def root(self, path: Path) -> Path | None:
        """The top folder of the repository that a path is in; None: there is no such path, or no repository.

        A path that is gone is in none, although a folder above it may be: that would be another project's.
        """
        if not os.path.exists(path):  # noqa: PTH110 - a name that is too long is none, and no error
            return None
        there = path if path.is_dir() else path.parent
        ended = await self._git(there, commands.root())
        return Path(os.fsdecode(ended.stdout.rstrip(b"\n"))) if ended.ok() else None

    async def resolve(self, repository: Path, revision: str) -> Commit:
        """The commit of a revision. Raises Refused where there is none."""
        ended = await self._git(repository, commands.resolve(parse.check_revision(revision)))
        if not ended.ok():
            raise await self._unknown(repository, revision, ended)
        id = ended.stdout.decode().strip()  # noqa: A001 - git's word
        return parse.commit(id, (await self._must(repository, commands.content("commit", id))).stdout)

    async def changes(self, repository: Path) -> tuple[str, ...]:
        """Paths that differ from HEAD or are not tracked, ignored ones excepted."""
        names = parse.names((await self._must(repository, commands.setting_names())).stdout)
        ended = await self._must(repository, commands.changes(commands.filters_off(names)))
        return parse.changes(ended.stdout)

    async def paths(self, repository: Path, commit: str) -> Paths:
        """The paths of a commit's files, and of what else it has."""
        entries = await self._entries(repository, commit)
        return Paths(
            files=tuple(entry.path for entry in entries if entry.kind in FILES),
            links=tuple(entry.path for entry in entries if entry.kind == "link"),
            submodules=tuple(entry.path for entry in entries if entry.kind == "submodule"),
        )

    async def files(self, repository: Path) -> tuple[str, ...]:
        """Paths of the working tree's files, committed or not, ignored ones excepted; some may be links, or gone."""
        return parse.files((await self._must(repository, commands.files())).stdout)

    async def is_older(self, repository: Path, commit: str, than: str) -> bool:
        """Whether another commit was made of a commit; False where this clone lacks one of them, or what is between."""
        if commit == than or await self.root(repository) is None:
            return False
        older, newer = parse.check_revision(commit), parse.check_revision(than)
        return (await self._git(repository, commands.is_ancestor(older, newer))).ok()

    async def tree(self, repository: Path, commit: str, path: str) -> str:
        """The id of a folder's tree in a commit. Raises Refused where there is no such folder."""
        normal = parse.check_path(path)
        if normal == ".":
            ended = await self._must(repository, commands.resolve_tree(commit))
            return ended.stdout.decode().strip()
        entry = await self._entry(repository, commit, normal)
        if entry is None or entry.kind != "folder":
            raise refuse(
                "unknown_folder",
                f"A folder that kr8.toml names is not in commit {commit[:12]}.",
                mend="Commit the folder, or correct the path in kr8.toml.",
                field="path",
                output=(path,),
            )
        return entry.id

    async def read(self, repository: Path, commit: str, path: str) -> bytes | None:
        """A file's content in a commit; None: there is no such file. Links are not followed: they are no files."""
        entry = await self._entry(repository, commit, parse.check_path(path))
        if entry is None or entry.kind not in FILES:
            return None
        if entry.size > FILE_LIMIT:
            raise refuse(
                "file_too_large",
                f"{path} has {entry.size:,} bytes; at most {FILE_LIMIT:,} are read.",
                mend="Make it smaller, and commit it.",
            )
        return await self._blob(repository, entry.id)

    async def working(self, repository: Path, path: str) -> bytes | None:
        """A file as it lies in the checkout, committed or not; None: there is no such file. A link is none.

        Raises Refused (file_not_readable).
        """
        return await asyncio.to_thread(checkout.read, repository, parse.check_path(path), FILE_LIMIT)

    async def export(self, repository: Path, tree: str, directory: Path) -> None:
        """Write a tree's files into an empty directory. Raises Refused on entries that would leave it, on submodules.

        Contents are as committed: no filter runs, so that a file kept by Git LFS is its pointer.
        """
        listed = await self._must(repository, commands.entries(tree))
        entries = parse.check_export(parse.entries(listed.stdout))
        wanted = "".join(f"{entry.id}\n" for entry in entries).encode()
        with NamedTemporaryFile(dir=directory.parent, prefix=".export-") as contents:
            await self._must(repository, commands.contents(), stdin=wanted, stdout=Path(contents.name))
            await asyncio.to_thread(export.write, entries, Path(contents.name), directory)

    async def contents(self, repository: Path, commit: str, file: Path, size_limit: int) -> Contents:
        """Write the contents of a commit's files to one file, as `cat-file --batch` does.

        Larger ones are left out. Links and submodules are no files.
        """
        entries = await self._entries(repository, commit)
        files = [entry for entry in entries if entry.kind in FILES]
        small = [entry for entry in files if entry.size <= size_limit]
        wanted = "".join(f"{entry.id}\n" for entry in small).encode()
        await self._must(repository, commands.contents(), stdin=wanted, stdout=file)
        return Contents(
            written=[entry.path for entry in small],
            large=[entry.path for entry in files if entry.size > size_limit],
            submodules=[entry.path for entry in entries if entry.kind == "submodule"],
            links=[entry.path for entry in entries if entry.kind == "link"],
        )

    async def start(self, directory: Path, message: str) -> Commit:
        """Make a repository of a directory where there is none, and commit all its files."""
        if (directory / ".git").exists():
            raise refuse(
                "repository_exists",
                f"{directory} is a repository already.",
                mend="Commit there, or choose another directory.",
                field="directory",
            )
        try:
            await self._must(directory, commands.init())
            await self._must(directory, commands.add_all())
            name, email = await self._identity(directory)
            await self._must(directory, commands.commit(name, email), stdin=message.encode())
            return await self.resolve(directory, "HEAD")
        except BaseException:
            # Whoever is not told of the repository takes its files away.
            shutil.rmtree(directory / ".git", ignore_errors=True)
            raise

    async def _identity(self, directory: Path) -> tuple[str, str]:
        """The user's name and address where their own configuration has both."""
        found: list[str] = []
        for key in ("user.name", "user.email"):
            command = Command(argv=commands.identity(key), cwd=directory, limit_seconds=10)
            found.append((await self._processes.run(command)).stdout.decode(errors="replace").strip())
        name, email = found
        return (name, email) if name and email else ("kr8", "kr8@localhost")

    async def _entries(self, repository: Path, commit: str) -> tuple[parse.Entry, ...]:
        listed = await self._must(repository, commands.entries(parse.check_revision(commit)))
        return parse.entries(listed.stdout)

    async def _entry(self, repository: Path, commit: str, path: str) -> parse.Entry | None:
        ended = await self._git(repository, commands.entry(parse.check_revision(commit), path))
        if not ended.ok():
            await self.resolve(repository, commit)  # where there is no such commit, this says so
            raise _failed(repository, ended)
        return next((entry for entry in parse.entries(ended.stdout) if entry.path == path), None)

    async def _blob(self, repository: Path, id: str) -> bytes:  # noqa: A002 - git's word
        """The content of an id. The last ones are kept: kr8.toml is read for almost every call, and changes seldom."""
        key = (repository, id)
        content = self._blobs.pop(key, None)
        if content is None:
            content = (await self._must(repository, commands.content("blob", id))).stdout
        if len(content) <= KEPT_BYTES:
            self._blobs[key] = content
        if len(self._blobs) > KEPT:
            del self._blobs[next(iter(self._blobs))]
        return content

    async def _unknown(self, repository: Path, revision: str, ended: Ended) -> Refused:
        if await self.root(repository) is None:
            return _none(repository)
        mend = "Commit something first." if revision == "HEAD" else "Name a branch, a tag or a commit id that exists."
        what = f"There is no commit {revision!r} in {repository}."
        return refuse("unknown_revision", what, mend=mend, field="commit", output=ended.last_words())

    async def _must(
        self, directory: Path, argv: tuple[str, ...], stdin: bytes = b"", stdout: Path | None = None
    ) -> Ended:
        ended = await self._git(directory, argv, stdin, stdout)
        if not ended.ok():
            raise _failed(directory, ended)
        return ended

    async def _git(
        self, directory: Path, argv: tuple[str, ...], stdin: bytes = b"", stdout: Path | None = None
    ) -> Ended:
        command = Command(
            argv=argv, cwd=directory, env=commands.ENVIRONMENT, stdin=stdin, stdout=stdout, limit_seconds=120
        )
        try:
            return await self._processes.run(command)
        except (FileNotFoundError, NotADirectoryError):
            raise _none(directory) from None  # it is gone


def _none(directory: Path) -> Refused:
    return refuse(
        "no_repository",
        f"{directory} is in no Git repository.",
        mend="Make it one, with a commit: git init, git add, git commit.",
        field="directory",
    )


def _failed(directory: Path, ended: Ended) -> Refused:
    return refuse(
        "git_failed",
        f"Git could not read or write {directory}: {ended.how()}.",
        mend="Look at git's own words; `git fsck` finds a damaged repository.",
        output=ended.last_words(),
    )
