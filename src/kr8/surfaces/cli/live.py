"""The live status of a terminal, drawn by rich; imported only where there is a terminal."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.status import Status
from rich.text import Text

from kr8.surfaces.cli.line import Line, Tone

STYLES = {
    Tone.PLAIN: "",
    Tone.STRONG: "bold",
    Tone.DIM: "dim",
    Tone.BAD: "red",
    Tone.GOOD: "green",
    Tone.WARNING: "yellow",
}


class _Live:
    def __init__(self, console: Console, status: Status) -> None:
        self._console = console
        self._status = status

    def update(self, text: str) -> None:
        self._status.update(Text(text))

    def line(self, line: Line) -> None:
        self._console.print(Text(line.text, STYLES[line.tone]), soft_wrap=True)


@contextmanager
def live_status(out: TextIO, text: str, *, colour: bool) -> Generator[_Live]:
    """A spinner with a text at the bottom of the terminal; gone at the end. Texts are shown as they are: no markup."""
    console = Console(file=out, no_color=not colour, highlight=False, markup=False, emoji=False)
    status = Status(Text(text), console=console)
    with status:
        yield _Live(console, status)
