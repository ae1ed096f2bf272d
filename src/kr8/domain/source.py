"""Files that kr8 makes for a repository."""

from __future__ import annotations

from enum import StrEnum

from kr8.domain.model import Model


class SourceFile(Model):
    """A text file below the project's folder."""

    path: str
    """Relative to the project, with slashes."""
    text: str
    executable: bool = False


class Written(StrEnum):
    """What became of a file that was generated."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    MERGED = "merged"
    """It had been changed by hand, and takes what is new beside that."""
    KEPT = "kept"
    """It had been changed by hand, and nothing is new; or somebody decided against what is, or that it be there."""
    MISSING = "missing"
    """It is generated, and is not there, and nobody has said that it shall not be: it is not made again."""
    CONFLICT = "conflict"
    """What is new does not go together with what was changed by hand: the file is as it was."""
    ORPHANED = "orphaned"
    """It had been changed by hand, and is generated no more: it lies there until somebody removes it, or keeps it."""
    REMOVED = "removed"
    """It is generated no more."""


class WrittenFile(Model):
    """A generated file and what became of it."""

    path: str
    written: Written
    untrusted_difference: str = ""
    """Of a conflict the file as it is and what is generated now, and where nothing is written what would change: a
    unified diff."""
