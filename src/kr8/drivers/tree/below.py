"""Reads, writes and removes files below a folder, and follows no link on the way: whatever lies there, or comes there.

Each folder is opened in the one above it. What is a link raises OSError: ELOOP or ENOTDIR (see `is_link`).
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def is_link(error: OSError) -> bool:
    """Whether what went wrong is that a link, or a file, lies where a folder or a file was expected."""
    return error.errno in (errno.ELOOP, errno.ENOTDIR)


def read(root: Path, path: str) -> bytes | None:
    """The content of a plain file; None: there is none. Raises OSError."""
    try:
        with _place(root, path) as (folder, name):
            # What takes its place meanwhile: no pipe is waited for.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(name, flags, dir_fd=folder)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "It is no plain file", path)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        return file.read()


def create(root: Path, path: str, content: bytes, *, executable: bool = False) -> None:
    """Write a file where nothing is; its folders are there. Raises OSError, then nothing is left of it."""
    with _place(root, path) as (folder, name):
        _write(folder, name, content, executable)


def replace(root: Path, path: str, content: bytes, *, executable: bool = False) -> None:
    """Write a file whole or not at all, whatever was there; its folders are made. Raises OSError."""
    with _place(root, path, make=True) as (folder, name):
        # Nobody knows the name beforehand, so that nothing lies there which was put there for it.
        beside = f".kr8-{secrets.token_hex(16)}"
        _write(folder, beside, content, executable)
        try:
            os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            os.unlink(beside, dir_fd=folder)
            raise


def remove(root: Path, path: str) -> None:
    """Remove a file, or a link itself, and the folders that it was the last in. Raises OSError."""
    with _place(root, path) as (folder, name):
        os.unlink(name, dir_fd=folder)
    for emptied in PurePosixPath(path).parents[:-1]:
        try:
            with _place(root, str(emptied)) as (folder, name):
                os.rmdir(name, dir_fd=folder)
        except OSError:
            return  # something else lies in it


@contextmanager
def opened(root: Path, path: PurePosixPath, *, make: bool = False) -> Generator[int]:
    """A descriptor of a folder below the root, which may itself be named by a link. Raises OSError."""
    if path.is_absolute() or ".." in path.parts:
        raise OSError(errno.EINVAL, "The path leaves the folder", str(path))
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in path.parts:
            below = _open(part, descriptor, make)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def _open(part: str, above: int, make: bool) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=above)
    except FileNotFoundError:
        if not make:
            raise
    with suppress(FileExistsError):
        os.mkdir(part, dir_fd=above)
    return os.open(part, _FOLDER, dir_fd=above)


@contextmanager
def _place(root: Path, path: str, *, make: bool = False) -> Generator[tuple[int, str]]:
    """The folder of a file, opened, and the name of the file in it."""
    where = PurePosixPath(path)
    if where.name in ("", ".."):
        raise OSError(errno.EINVAL, "The path names no file", path)
    with opened(root, where.parent, make=make) as folder:
        yield folder, where.name


def _write(folder: int, name: str, content: bytes, executable: bool) -> None:
    descriptor = os.open(name, _NEW, 0o600, dir_fd=folder)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(content)
            file.flush()
            os.fchmod(descriptor, 0o755 if executable else 0o644)
    except OSError:
        os.unlink(name, dir_fd=folder)
        raise
