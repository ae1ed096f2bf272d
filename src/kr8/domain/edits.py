"""Mends that are changes of text: what a finding's rule would have stand there (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import unified_diff

from kr8.domain.model import Model


class Edit(Model):
    """Some lines of a file, and what shall stand in their place."""

    rule: str
    """Of the finding that it mends."""
    path: str
    line: int
    """The first of them, from 1."""
    old: tuple[str, ...]
    """As they stand, without their ends: where they do not, the edit is for another file."""
    new: tuple[str, ...]

    @property
    def place(self) -> str:
        """Where it is, as a finding's place."""
        return f"{self.path}:{self.line}"


def applied(text: str, edits: Iterable[Edit]) -> tuple[str, tuple[Edit, ...]]:
    """The text with the edits of its file made, from the last to the first, and those that were made.

    One whose lines do not stand there, or that overlaps one below it, is left out.
    """
    lines = text.split("\n")
    free = len(lines)
    made: list[Edit] = []
    for edit in sorted(set(edits), key=lambda each: (each.line, each.rule), reverse=True):
        first, after = edit.line - 1, edit.line - 1 + len(edit.old)
        if after <= free and tuple(lines[first:after]) == edit.old != edit.new:
            lines[first:after] = edit.new
            free = first
            made.append(edit)
    return "\n".join(lines), tuple(reversed(made))


def difference(path: str, before: str, after: str) -> str:
    """Before and after as a unified diff, which `git apply` takes."""
    lines: list[str] = []
    for line in unified_diff(_lines(before), _lines(after), f"a/{path}", f"b/{path}"):
        lines += [line] if line.endswith("\n") else [f"{line}\n", "\\ No newline at end of file\n"]
    return "".join(lines)


def _lines(text: str) -> list[str]:
    """The lines with their ends, as Git has them: of all that may end a line only the one."""
    *whole, last = text.split("\n")
    return [*(f"{line}\n" for line in whole), *([last] if last else [])]
