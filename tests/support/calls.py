"""How many calls something takes, and how many lines: what it costs, whichever machine it runs on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def calls_counted() -> Generator[list[str]]:
    """The file of each function of Python that this thread calls meanwhile, in order."""
    files: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            files.append(frame.f_code.co_filename)

    sys.setprofile(note)
    try:
        yield files
    finally:
        sys.setprofile(None)


def lines_run(act: Callable[[], object]) -> int:
    """How many lines of Python something runs, in this thread; each turn of a loop is one at least."""
    count = 0

    def note(_: FrameType, event: str, __: object) -> Any:
        nonlocal count
        count += event == "line"
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        act()
    finally:
        sys.settrace(before)
    return count
