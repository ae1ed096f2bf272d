"""Reads kr8.toml so that every mistake in it has a place, and writes a project's first files."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kr8 import gates
from kr8.domain import toml_text
from kr8.domain.made_files import UNFINISHED
from kr8.domain.problem import Refused, refuse
from kr8.domain.project import Project
from kr8.drivers.projectfile import unfinished
from kr8.drivers.projectfile.left_out import deployed_from
from kr8.drivers.projectfile.mistakes import FORMS, refused, unknown_gates
from kr8.drivers.projectfile.processes import impossible
from kr8.drivers.projectfile.writing import Writing
from kr8.drivers.toml.mistakes import Mistake, of_validation, wrong_types
from kr8.drivers.toml.positions import Position, Positions
from kr8.plugins import names_in

BYTES_LIMIT = 256 * 1024
MARKS = ("<<<<<<< ", "=======", ">>>>>>> ")
SETTLE = "Settle it: both sides stand between Git's marks, and the marks go."
PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


class TomlProjectFiles:
    """Implements the port `ProjectFiles`."""

    def __init__(self, known_gates: Collection[str] | None = None) -> None:
        """`known_gates`: what a strategy may name; None: the gates that are installed here."""
        self._given_gates = known_gates

    def read(self, content: bytes, name: str = "kr8.toml") -> Project:
        """The project of a file's content. Raises Refused (invalid_project_file) with line and column."""
        data = _parse(content, name)
        try:
            project = Project.model_validate(data)
        except ValidationError as error:
            raise refused(name, of_validation(error, data, Positions(content), FORMS)) from None
        positions = Positions(content)
        found = [
            *wrong_types(data, positions, FORMS),
            *unknown_gates(project, self._known_gates, positions),
            *impossible(project, positions),
            *deployed_from(project, positions),
        ]
        if found:
            raise refused(name, found)
        return project

    @cached_property
    def _known_gates(self) -> frozenset[str]:
        """Looked for at the first reading: what was interrupted goes on before that."""
        return names_in(gates) if self._given_gates is None else frozenset(self._given_gates)

    def write(
        self, directory: Path, files: dict[str, bytes], executable: frozenset[str] = frozenset()
    ) -> tuple[str, ...]:
        """Write files below a directory, never over one that is there; the paths written, in order.

        Raises Refused: path_outside where a path would leave the directory, also through a link; not_writable. Then
        nothing is left of what was written.
        """
        for path in files:
            _check_inside(directory, path)
        with Writing() as writing:
            writing.folder(directory)
            return tuple(
                path for path, content in files.items() if writing.file(directory, path, content, path in executable)
            )

    def make(
        self, directory: Path, files: dict[str, bytes], executable: frozenset[str] = frozenset()
    ) -> tuple[str, ...]:
        """Write the files of a new project, as `write` does."""
        written = self.write(directory, {UNFINISHED: unfinished.mark(files), **files}, executable)
        unfinished.remove(directory, [UNFINISHED])
        return written[1:]

    def take_away(self, directory: Path, written: Iterable[str] | None = None) -> None:
        """Remove what was written, or what an interrupted `make` has left, where nothing else is there."""
        if written is None:
            unfinished.take_away(directory)
        else:
            unfinished.remove(directory, written)


def _parse(content: bytes, name: str) -> dict[str, Any]:
    if len(content) > BYTES_LIMIT:
        raise _syntax(name, Position(1, 1), f"it has {len(content):,} bytes; at most {BYTES_LIMIT:,} are read")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        raise _syntax(name, _end(before), f"byte 0x{content[error.start]:02x} is not UTF-8") from None
    try:
        return toml_text.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = PLACE.search(str(error))
        position = Position(int(place[1]), int(place[2])) if place and place[1] else _end(text)
        if text.split("\n")[position.line - 1].startswith(MARKS):
            raise refused(name, [Mistake(position, "", "a conflict of Git stands here", SETTLE)]) from None
        raise _syntax(name, position, PLACE.sub("", str(error))) from None
    except ValueError as error:  # nested too deep, or a number that Python refuses to read
        raise _syntax(name, Position(1, 1), str(error)) from None


def _syntax(name: str, position: Position, what: str) -> Refused:
    return refused(name, [Mistake(position, "", what)])


def _end(text: str) -> Position:
    return Position(text.count("\n") + 1, len(text.rpartition("\n")[2]) + 1)


def _check_inside(directory: Path, path: str) -> None:
    """Refuse a path that leaves the directory, by its parts or through a link that is there."""
    resolved, inside = (directory / path).resolve(), directory.resolve()
    if not path or os.path.isabs(path) or ".." in Path(path).parts or inside not in resolved.parents:  # noqa: PTH117
        raise refuse(
            "path_outside",
            f"A file would be written outside of {inside}.",
            mend="Take the link, or the path, out of the directory.",
            output=(path, str(resolved)),
        )
