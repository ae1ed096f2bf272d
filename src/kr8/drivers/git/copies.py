"""Private copies of a repository's files: what a checker's tool gets to see."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from kr8.domain.code_names import folder_may_hold_code, homes_of, linked_may_be_code, may_be_code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import FILE_LIMIT, Gap
from kr8.domain.leaving_out import LeavingOut, leaving_out
from kr8.domain.waiver import FILE, Waivers, read_waivers
from kr8.drivers.git.driver import Contents, GitRepositories
from kr8.drivers.git.parse import stays_inside
from kr8.ports.checkers import Sources

FILES_LIMIT = 20_000
BYTES_LIMIT = 256 << 20
NAMED = 3
"""How many paths a finding names."""
LARGE = f"larger than {FILE_LIMIT >> 20} MiB"
LINKS, OTHERS = "links", "no ordinary files"
SUBMODULES = "submodules, which are repositories of their own"
NOT_OPENED = "they cannot be opened"
NOWHERE = "names that cannot lie on this disk: too long, or of a file and a folder at once"
NAMELESS = frozenset({errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR})


class GitCopies:
    """Implements the port `Copies`."""

    def __init__(self, repositories: GitRepositories, folder: Path | None = None) -> None:
        """`folder`: where copies lie, and nothing else does; None: among all temporary files."""
        self._repositories = repositories
        self._folder = folder

    async def state(self, repository: Path) -> str:
        """What is another one as soon as the files of the working tree are others, by names, sizes and times."""
        return await asyncio.to_thread(_state, repository, await self._repositories.files(repository))

    @asynccontextmanager
    async def of_checkout(self, repository: Path) -> AsyncGenerator[Sources]:
        """The files of the working tree, committed or not, ignored ones excepted."""
        paths = await self._repositories.files(repository)
        async with self._new() as folder:
            yield await asyncio.to_thread(_of_folder, repository, paths, Path(folder, "files"))

    @asynccontextmanager
    async def of_commit(self, repository: Path, commit: str) -> AsyncGenerator[Sources]:
        """The files of a commit."""
        async with self._new() as folder:
            packed = Path(folder, "contents")
            contents = await self._repositories.contents(repository, commit, packed, FILE_LIMIT)
            yield await asyncio.to_thread(_of_packed, packed, contents, Path(folder, "files"))

    async def leaving_out(self, sources: Sources) -> LeavingOut:
        """As the port says; patterns of many files take a while."""
        return await asyncio.to_thread(leaving_out, sources.project, sources.paths())

    async def waivers(self, sources: Sources, today: date) -> Waivers:
        """The waivers of a copy; thousands of them take a while."""
        return await asyncio.to_thread(read_waivers, await self.read(sources, FILE), today)

    @asynccontextmanager
    async def without(self, sources: Sources, paths: Collection[str]) -> AsyncGenerator[Sources]:
        """A copy without some files: no tool that looks into its folder meets them. Without any it is the same one."""
        rest = sources.without(paths)
        if len(rest.digests) == len(sources.digests):
            yield rest
            return
        async with self._new() as folder:
            root = Path(folder, "files")
            await asyncio.to_thread(_link, sources.root, rest.files, root)
            yield rest.model_copy(update={"root": root})

    @asynccontextmanager
    async def _new(self) -> AsyncGenerator[str]:
        """A folder that is removed beside the loop: thousands of others may be in it."""
        if self._folder is not None:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        folder = TemporaryDirectory(prefix="kr8-check-", dir=self._folder)
        try:
            yield folder.name
        finally:
            await asyncio.to_thread(folder.cleanup)

    async def read(self, sources: Sources, path: str) -> bytes | None:
        """The content of a file of a copy; None: it has no such file."""
        if path not in sources.digests:
            return None
        return await asyncio.to_thread((sources.root / path).read_bytes)


def _state(repository: Path, paths: Iterable[str]) -> str:
    seen = hashlib.sha256()
    for path in paths:
        seen.update(repr((path, _seen(f"{repository}/{path}"))).encode(errors="surrogateescape"))
    return seen.hexdigest()


def _seen(path: str) -> tuple[int, ...]:
    """What changes with a file; the time of its last change cannot be set by whoever changes it."""
    try:
        status = os.lstat(path)
    except OSError:
        return ()
    return status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@dataclass
class _Copy:
    """A copy that is being made."""

    root: Path
    digests: dict[str, str] = field(default_factory=dict[str, str])
    left_out: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Why → paths."""
    size: int = 0

    def leave_out(self, why: str, path: str) -> None:
        """Note that a file is not copied."""
        self.left_out.setdefault(why, []).append(path)

    def add(self, path: str, read: Callable[[], bytes | str | None]) -> None:
        """Copy a file whose content `read` gives, or the reason why it cannot; None: there is none."""
        if not path.isprintable() or not stays_inside(path):
            return self.leave_out("names with characters that cannot be printed", path)
        if len(self.digests) >= FILES_LIMIT or self.size >= BYTES_LIMIT:
            return self.leave_out(f"more than {FILES_LIMIT:,} files, or {BYTES_LIMIT >> 20} MiB", path)
        content = read()
        if isinstance(content, str):
            return self.leave_out(content, path)
        if content is not None:
            try:
                self._write(path, content)
            except OSError as error:
                if error.errno not in NAMELESS:
                    raise
                self.leave_out(NOWHERE, path)
        return None

    def _write(self, path: str, content: bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        self.digests[path] = hashlib.sha256(content).hexdigest()
        self.size += len(content)

    def sources(self) -> Sources:
        """What was copied, and what was not."""
        ordered = {path: self.digests[path] for path in sorted(self.digests)}
        skipped = tuple(_skipped(why, paths) for why, paths in self.left_out.items())
        homes = homes_of(self.digests)
        left_out = ((why, path) for why, paths in self.left_out.items() for path in paths)
        unread = tuple(_unread(why, path) for why, path in left_out if _may_be_code(why, path, homes))
        absent = frozenset(path for paths in self.left_out.values() for path in paths)
        return Sources(root=self.root, digests=ordered, skipped=skipped, unread=unread, absent=absent)


def _may_be_code(why: str, path: str, homes: frozenset[str]) -> bool:
    """Whether what is not read may be infrastructure code: what is large mostly is none, nor is what is linked."""
    if why == SUBMODULES:
        return folder_may_hold_code(path, homes)
    if why == LINKS:
        return linked_may_be_code(path, homes)
    return why != OTHERS and (why != LARGE or may_be_code(path))


def _unread(why: str, path: str) -> Gap:
    is_lasting = not why.startswith(NOT_OPENED)
    shown = _shown(path)
    place = path if path.isprintable() else shown
    return Gap(why=f"not read, and so not checked: {why}.", what=shown, place=place, lasting=is_lasting)


def _shown(path: str) -> str:
    return ascii(path)[1:-1][-200:]


def _skipped(why: str, paths: list[str]) -> Finding:
    listed = ", ".join(_shown(path) for path in paths[:NAMED]) + (" …" if len(paths) > NAMED else "")
    number = "1 file was" if len(paths) == 1 else f"{len(paths)} files were"
    return Finding(
        rule="kr8/not-read",
        severity=Severity.INFO,
        what=f"{number} not read: {why}.",
        why=listed,
        mend="What has to be checked must be an ordinary file of the repository.",
    )


def _link(root: Path, paths: Iterable[str], to: Path) -> None:
    """Have files in another folder, too: nobody changes them in either."""
    to.mkdir()
    for path in paths:
        target = to / path
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(root / path, target)


def _of_folder(repository: Path, paths: Iterable[str], root: Path) -> Sources:
    root.mkdir()
    copy, real = _Copy(root), _RealFolders(repository)
    for path in paths:
        copy.add(path, partial(real.content, path))
    return copy.sources()


class _RealFolders:
    """Reads files of a folder, none of them through a link."""

    def __init__(self, root: Path) -> None:
        self._root = os.path.realpath(root)
        self._known: dict[str, bool] = {"": True}

    def content(self, path: str) -> bytes | str | None:
        """A file's content, or why it is not read; None: it is gone."""
        folder = path.rpartition("/")[0]
        if folder not in self._known:
            where = os.path.join(self._root, folder)  # noqa: PTH118 - thousands of them
            self._known[folder] = os.path.realpath(where) == where
        if not self._known[folder]:
            return LINKS
        try:
            descriptor = os.open(f"{self._root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            return LINKS if error.errno == errno.ELOOP else f"{NOT_OPENED} ({error.strerror})"
        try:
            return _bounded(descriptor)
        finally:
            os.close(descriptor)


def _bounded(descriptor: int) -> bytes | str:
    """A file's content, or why it is not read."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        return SUBMODULES
    if not stat.S_ISREG(mode):
        return OTHERS
    with open(descriptor, "rb", closefd=False) as file:
        content = file.read(FILE_LIMIT + 1)
    return LARGE if len(content) > FILE_LIMIT else content


def _of_packed(packed: Path, contents: Contents, root: Path) -> Sources:
    root.mkdir()
    copy = _Copy(root)
    with packed.open("rb") as stream:
        for path, content in zip(contents.written, _contents(stream, len(contents.written)), strict=True):
            copy.add(path, partial(bytes, content))
    for path in contents.large:
        copy.leave_out(LARGE, path)
    for path in contents.submodules:
        copy.leave_out(SUBMODULES, path)
    for path in contents.links:
        copy.leave_out(LINKS, path)
    return copy.sources()


def _contents(stream: BinaryIO, count: int) -> Iterator[bytes]:
    """The contents that `cat-file --batch` printed, in order."""
    for _ in range(count):
        content = stream.read(int(stream.readline().split()[2]))
        stream.read(1)
        yield content
