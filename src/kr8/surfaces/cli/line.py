"""A line for a person: text and what it means, before any colour."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 1000
"""Characters that are shown of a line that a program printed."""


class Tone(StrEnum):
    """What a line means; a terminal shows it as a colour, a pipe not at all."""

    PLAIN = ""
    STRONG = "1"
    DIM = "2"
    BAD = "31"
    GOOD = "32"
    WARNING = "33"


@dataclass(frozen=True)
class Line:
    """One line of output. The text may come from outside kr8: only `printable` makes it safe to show."""

    text: str
    tone: Tone = Tone.PLAIN


# C0 but the tab, DEL, C1, everything that reorders or hides text, line separators, and halves of characters.
_UNSAFE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    """The text with every character that could steer a terminal or reorder a line shown as its escape."""
    return _UNSAFE.sub(_escape, text)


def printable_json(text: str) -> str:
    """JSON text with the same characters as JSON escapes: safe to show, and equal once it is parsed.

    Line breaks between its parts stay; inside its strings there are none.
    """
    return _UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text)


def split(text: str, tone: Tone = Tone.PLAIN, indent: str = "") -> list[Line]:
    """The lines of a text of several lines."""
    return [Line(indent + part, tone) for part in text.split("\n")]


def fenced(texts: Iterable[str]) -> Iterator[Line]:
    """What a program printed, behind a bar that marks it as its own; a long line shortened."""
    from kr8.domain.shortened import shortened  # noqa: PLC0415 - few commands show what a program printed

    yield from (Line(f"  | {shortened(line, LONGEST)}") for text in texts for line in text.split("\n"))


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return {0x0A: "\\n", 0x0D: "\\r"}.get(number) or (f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}")
