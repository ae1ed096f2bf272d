"""Rows in columns."""

import unicodedata
from collections.abc import Iterator, Sequence

from kr8.surfaces.cli.line import Line, Tone, printable

GAP = "  "


def table(head: Sequence[str], rows: Sequence[Sequence[str]], indent: str = "") -> Iterator[Line]:
    """A heading and the rows, columns aligned; the last column is as long as it is. No rows, no lines."""
    if not rows:
        return
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(width(row[column]) for row in [list(head), *cells]) for column in range(len(head))]
    yield Line(indent + _row(head, widths), Tone.DIM)
    yield from (Line(indent + _row(row, widths)) for row in cells)


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    wide = sum(unicodedata.east_asian_width(each) in ("W", "F") for each in text)
    return len(text) + wide - sum(bool(unicodedata.combining(each)) for each in text)


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join(cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)).rstrip()
