"""The files of a template's folder, read once: what was read is what is rendered, and what the digest is of."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from kr8.drivers.templates.folders import MANIFEST, MANIFEST_LIMIT
from kr8.drivers.templates.rendering import BYTES_LIMIT, FILE_LIMIT, FILES_LIMIT, Failed, File, checked_path

FOLDER = "files"
DEEPEST = 100
LONGEST_SHOWN = 60
LEFT_OUT = frozenset({"__pycache__", ".ruff_cache", ".mypy_cache", ".pytest_cache"})
"""What tools leave behind where they are run."""


def read(folder: Path) -> tuple[File, ...]:
    """template.toml and all of `files/`, by path. Raises Failed for a link, for what is no file, and above limits."""
    first = _file(folder / MANIFEST, MANIFEST, MANIFEST_LIMIT)
    rest = bounded(_file(folder / path, path, FILE_LIMIT) for path in _below(folder / FOLDER, FOLDER))
    return tuple(sorted((first, *rest), key=lambda each: each.path))


def everything(folder: Path) -> tuple[File, ...]:
    """All files below a folder, by path. Raises Failed as `read` does."""
    return tuple(bounded(_file(folder / path, path, FILE_LIMIT) for path in _below(folder, "")))


def bounded(files: Iterable[File]) -> Iterator[File]:
    """The files, as far as a template may have so many. Raises Failed."""
    total = 0
    for count, file in enumerate(files, 1):
        total += len(file.content)
        if count > FILES_LIMIT or total > BYTES_LIMIT:
            raise Failed("template_limit", f"It has more than {FILES_LIMIT} files or {BYTES_LIMIT:,} bytes.")
        yield file


def is_left_out(path: str) -> bool:
    """Whether a file lies in a folder that tools leave behind, which is read of no template."""
    return not LEFT_OUT.isdisjoint(path.split("/")[:-1])


def place(path: str) -> str:
    """A path at which a template has a file. Raises Failed (path_outside, invalid_template)."""
    if checked_path(path) != MANIFEST and not path.startswith(f"{FOLDER}/"):
        raise Failed("invalid_template", f"{path} is neither {MANIFEST} nor in {FOLDER}/.", path)
    return path


def manifest(files: Iterable[File]) -> bytes:
    """The content of template.toml. Raises Failed where there is none."""
    for file in files:
        if file.path == MANIFEST:
            return file.content
    raise Failed("invalid_template", f"It has no {MANIFEST}.", MANIFEST)


def sources(files: Iterable[File]) -> tuple[File, ...]:
    """What is rendered: the files of `files/`, by their path below it."""
    prefix = f"{FOLDER}/"
    found = tuple(
        File(file.path.removeprefix(prefix), file.content, file.executable)
        for file in files
        if file.path.startswith(prefix)
    )
    if not found:
        raise Failed("invalid_template", f"It has no file in {prefix}.", FOLDER)
    return found


def digest(files: Iterable[File]) -> str:
    """SHA-256 of paths, contents, and of what is a program."""
    lines = sorted(f"{hashlib.sha256(each.content).hexdigest()} {each.executable:d} {each.path}\n" for each in files)
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def _below(folder: Path, name: str) -> Iterator[str]:
    if folder.is_symlink() or not folder.is_dir():
        raise Failed("invalid_template", f"{name or folder.name} is no folder.", name)
    if name.count("/") > DEEPEST:
        raise Failed("template_limit", f"It has folders more than {DEEPEST} deep: {name[:LONGEST_SHOWN]}...", name)
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise Failed("invalid_template", f"{name or folder.name} cannot be read: {error.strerror}.", name) from None
    for entry in listed:
        path = f"{name}/{entry.name}".lstrip("/")
        if entry.is_symlink():
            raise Failed("invalid_template", f"{path} is a link: a template has none.", path)
        if not entry.is_dir():
            yield path
        elif entry.name not in LEFT_OUT:
            yield from _below(folder / entry.name, path)


def _file(path: Path, name: str, limit: int) -> File:
    try:
        # What takes its place meanwhile: no link is followed, and no pipe is waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise Failed("invalid_template", f"{name} cannot be read: {error.strerror}.", name) from None
    with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor, not a path
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Failed("invalid_template", f"{name} is no file.", name)
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise Failed("template_limit", f"{name} has more than {limit:,} bytes.", name)
    return File(name, content, bool(status.st_mode & 0o111))
