"""What is read to run the programs of PATH, where they lie in the home of a user."""

import os
from collections.abc import Iterator
from pathlib import Path


def installed(path: str) -> Iterator[str]:
    """The folders of PATH, the files that links in them lead to, and the installations that these are parts of."""
    for folder in filter(os.path.isabs, path.split(os.pathsep)):
        real = Path(os.path.realpath(folder))
        yield str(real)
        yield from _installation(real)
        for program in _linked(real):
            yield str(program)
            yield from _installation(program.parent)


def _installation(folder: Path) -> Iterator[str]:
    """What a folder of programs is a part of.

    A hidden folder is none by that: beside `bin`, `~/.local`, `~/.cargo` and `~/.docker` have what a user keeps.
    """
    whole = folder.parent
    is_one = (whole / "pyvenv.cfg").exists() or not whole.name.startswith(".")
    if folder.name == "shims" or (folder.name == "bin" and is_one):
        yield str(whole)


def _linked(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            yield from (Path(os.path.realpath(each.path)) for each in entries if each.is_symlink() and each.is_file())
    except OSError:
        return  # PATH may name what is not there, or what this user may not list
