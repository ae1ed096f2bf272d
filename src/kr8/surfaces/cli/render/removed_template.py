"""A template that was removed."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """What is gone, how it comes back where it was fetched, and what is left of it."""
    if value["path"]:
        yield Line(f"removed: {value['path']}")
    if pin := value["pin"]:
        yield Line(f"removed: {pin['name']}")
        where = f"--commit {pin['commit']} --path {pin['path']} --digest {pin['digest']}"
        yield Line(f"  back with: kr8 template add {pin['url']} {where}", Tone.DIM)
    if value["left"]:
        yield Line(f"left: {value['left']}", Tone.WARNING)
    if value["next_step"]:
        yield Line(f"next: {value['next_step']}")
