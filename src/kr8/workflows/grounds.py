"""Where a project's files are written, and where they never are, whoever asks."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kr8.domain.caller import Caller
from kr8.domain.problem import Refused, refuse
from kr8.domain.rights import Asker, asker_of

MACHINE = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin", "/sys")
INSTALLED = ("/opt", "/usr", "/var/lib", "/var/spool")
"""What belongs to the machine, although people have checkouts there."""
PROGRAMS = frozenset({"bin", "sbin"})
"""Where shells look for programs, also below a user's own folder."""


@dataclass(frozen=True)
class Grounds:
    """The machine's folders, without those whose files kr8, Git, shells or the machine itself run or trust."""

    own: tuple[Path, ...]
    """kr8's own: its home, its cache, its tools, and where it finds Terraform's providers."""
    searched: tuple[Path, ...] = ()
    """The folders of PATH."""

    def require(self, directory: Path, caller: Caller) -> None:
        """Refuse to write into a checkout there. Raises Refused (directory_reserved, directory_for_people)."""
        where = _real(directory)
        own = _around(where, self.own)
        if own is not None:
            raise _reserved(where, f"kr8 keeps its own files in {own}, and runs and trusts what lies there.")
        if any(part.lower() == ".git" for part in where.parts) or _is_inside_bare(where):
            raise _reserved(where, "Git keeps a repository there, and runs and trusts what lies in it.")
        if _is_away(caller):
            _require_none_of_machine(where, map(Path, MACHINE))

    def require_new(self, directory: Path, caller: Caller) -> None:
        """Refuse to make a project there: all is written that its template makes. Raises Refused as `require`.

        For who calls over MCP or TCP also where a part of the path begins with a dot, where programs are installed or
        looked for, and around what `require` keeps free: there may be nothing yet, and be looked for all the same.
        """
        where = _real(directory)
        self.require(where, caller)
        if not _is_away(caller):
            return
        _require_none_of_machine(where, (*map(Path, INSTALLED), *self.searched))
        hidden = next((part for part in where.parts if part.startswith(".")), None)
        if hidden is not None:
            raise _for_people(where, f"Programs run and trust what lies in folders such as {hidden}.")
        if where.name in PROGRAMS:
            raise _for_people(where, f"Shells look for programs in folders of the name {where.name}.")
        within = next((each for each in (*self.own, *self.searched) if where in _real(each).parents), None)
        if within is not None:
            raise _for_people(where, f"{within} lies in it.")


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # Path.resolve fails where links are a ring, as one on PATH may be


def _is_away(caller: Caller) -> bool:
    return asker_of(caller) is Asker.AWAY


def _require_none_of_machine(where: Path, folders: Iterable[Path]) -> None:
    found = _around(where, folders)
    if found is not None:
        raise _for_people(where, f"{found} belongs to the machine.")


def _around(where: Path, folders: Iterable[Path]) -> Path | None:
    """The first of some folders that a path is, or lies in."""
    return next((each for each in folders if _real(each) in (where, *where.parents)), None)


def _is_inside_bare(where: Path) -> bool:
    """Whether a folder lies in a repository without a checkout: Git runs the hooks of such a one, too."""
    # os.path: a name that is too long is none, and no error.
    return any(
        all(map(os.path.exists, (each / "HEAD", each / "objects", each / "refs"))) for each in (where, *where.parents)
    )


def _reserved(where: Path, why: str) -> Refused:
    return refuse(
        "directory_reserved",
        f"{where} is no place for a project, and nothing was written.",
        why=why,
        mend="Choose a directory outside of it.",
        field="directory",
    )


def _for_people(where: Path, why: str) -> Refused:
    return refuse(
        "directory_for_people",
        f"Over MCP and TCP no project is made in {where}, and nothing was written.",
        why=why,
        mend="Choose a directory such as work/NAME in the user's home, of which no part begins with a dot. A person "
        "may choose another: kr8 new",
        field="directory",
    )
