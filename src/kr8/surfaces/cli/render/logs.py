"""Log lines: when, from where, what. What a program printed stands behind a bar, what kr8 says does not."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone

TONES = {"error": Tone.BAD, "warning": Tone.WARNING, "debug": Tone.DIM}


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """The entries, between what tells of those that are not shown."""
    if value.get("earlier"):
        yield Line(f"earlier: -n 500, or --cursor {value['earlier']}", Tone.DIM)
    yield from entries(value)
    if value["more"]:
        yield Line(f"more: --cursor {value['cursor']}", Tone.DIM)


def entries(value: Mapping[str, Any]) -> Iterator[Line]:
    """A line an entry, oldest first."""
    for entry in value["lines"]:
        bar = "| " if entry["untrusted"] else ""
        at = str(entry["at"])[11:23]
        for text in str(entry["text"]).split("\n"):
            yield Line(f"{at} {entry['source']} {bar}{text}", TONES.get(entry["level"], Tone.PLAIN))
