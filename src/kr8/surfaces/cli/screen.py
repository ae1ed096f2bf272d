"""Where output goes: JSON, lines on a pipe, or lines and a live status on a terminal."""

import json
import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

from kr8.surfaces.cli.line import Line, Tone, printable, printable_json


class Status(Protocol):
    """The line at the bottom of a terminal that says what is going on."""

    def update(self, text: str) -> None:
        """Say something else."""
        ...

    def line(self, line: Line) -> None:
        """Print a line above."""
        ...


class Screen:
    """The only place that prints. Everything printed for people is made safe here."""

    def __init__(
        self, out: TextIO, error: TextIO, source: TextIO, *, as_json: bool, environ: Mapping[str, str]
    ) -> None:
        self.as_json = as_json
        self._out = out
        self._error = error
        self._source = source
        self._environ = environ
        self._status: Status | None = None

    @property
    def asks(self) -> bool:
        """Whether there is a person to ask: a terminal both ways."""
        return not self.as_json and self._source.isatty() and self._error.isatty()

    @property
    def source_is_terminal(self) -> bool:
        """Whether what is read is typed by a person."""
        return self._source.isatty()

    def read(self) -> str:
        """All of the standard input."""
        return self._source.read()

    @property
    def live(self) -> bool:
        """Whether lines can be replaced: a terminal that is not dumb."""
        return not self.as_json and self._out.isatty() and self._environ.get("TERM") != "dumb"

    def lines(self, lines: Iterable[Line]) -> None:
        """Print lines for a person; nothing with `--json`."""
        if self.as_json:
            return
        for line in lines:
            self._line(line, self._out)
        self._out.flush()

    def value(self, value: object) -> None:
        """Print a value as JSON, exact and safe to look at."""
        indent = 2 if self._out.isatty() else None
        self._out.write(printable_json(json.dumps(value, indent=indent, ensure_ascii=False)) + "\n")
        self._out.flush()

    def complain(self, lines: Iterable[Line]) -> None:
        """Print lines on the error output."""
        self._out.flush()
        for line in lines:
            self._write(line, self._error)
        self._error.flush()

    def confirm(self, question: str) -> bool:
        """Ask a person; no is what Enter means."""
        self._error.write(f"{printable(question)} [y/N] ")
        self._error.flush()
        return self._source.readline().strip().lower() in ("y", "yes")

    def ask(self, question: str) -> str | None:
        """What a person answers, asked again until that is something; None at the end of what is typed."""
        while True:
            self._error.write(f"{printable(question)}: ")
            self._error.flush()
            line = self._source.readline()
            if not line:
                return None
            if line.strip():
                return line.strip()

    @contextmanager
    def watching(self, text: str) -> Generator[None]:
        """Show what is going on at the bottom of a terminal while lines scroll above."""
        if not self.live or self._status is not None:
            yield
            return
        from kr8.surfaces.cli.live import live_status  # noqa: PLC0415 - rich is for terminals only

        with live_status(self._out, printable(text), colour=self._coloured(self._out)) as self._status:
            try:
                yield
            finally:
                self._status = None

    def say(self, text: str) -> None:
        """Change the status line, where there is one."""
        if self._status is not None:
            self._status.update(printable(text))

    def _line(self, line: Line, out: TextIO) -> None:
        if self._status is not None:
            self._status.line(Line(printable(line.text), line.tone))
        else:
            self._write(line, out)

    def _write(self, line: Line, out: TextIO) -> None:
        text = printable(line.text)
        tone = line.tone if text and self._coloured(out) else Tone.PLAIN
        out.write(f"\x1b[{tone}m{text}\x1b[0m\n" if tone else f"{text}\n")

    def _coloured(self, out: TextIO) -> bool:
        return out.isatty() and not self._environ.get("NO_COLOR") and self._environ.get("TERM") != "dumb"


def standard_screen(out: TextIO, error: TextIO, source: TextIO, *, as_json: bool) -> Screen:
    """The screen of this process. A locale that cannot say a character shows its escape and never fails."""
    for stream in (out, error):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    return Screen(out, error, source, as_json=as_json, environ=os.environ)
