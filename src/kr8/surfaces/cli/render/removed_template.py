"""A template that was removed."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """What is gone, how it comes back where it was fetched, and what is left of it."""
    if value["path"]:
        yield Line(f"removed: {value['path']}")
    if pin := value["pin"]:
        yield Line(f"removed: {pin['name']}")
        where = ("--commit", pin["commit"], "--path", pin["path"], "--digest", pin["digest"])
        back = shlex.join(("kr8", "template", "add", pin["url"], *where))
        yield Line(f"  back with: {back}", Tone.DIM)
    if value["left"]:
        yield Line(f"left: {value['left']}", Tone.WARNING)
    if value["next_step"]:
        yield Line(f"next: {value['next_step']}")
