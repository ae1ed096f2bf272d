"""A template that was fetched and kept."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.render.new_template import checked_lines


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """Where it comes from, what it must be from now on, what was found, and what could not be checked."""
    pin = value["pin"]
    word = "kept" if value["is_new"] else "nothing new: it was kept"
    yield Line(f"{pin['name']} {value['version']}: {word}", Tone.GOOD)
    yield Line(f"  from {pin['url']} at {pin['commit']}, folder {pin['path']}")
    yield Line(f"  digest {pin['digest']}")
    yield from checked_lines(value)
    yield Line(f"next: {value['next_step']}", Tone.STRONG)
