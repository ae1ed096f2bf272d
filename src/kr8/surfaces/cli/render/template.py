"""One template, whole."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line
from kr8.surfaces.cli.render.templates import template_lines


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """What the list says of it, and which files depend on what, its tests, and where it was fetched from."""
    yield from template_lines(value)
    for each in value["files"]:
        yield Line(f"  makes {each['path']} where {each['when']}")
    if value["tests"]:
        yield Line(f"  tested by {shlex.join(value['tests']['run'])}")
    if pin := value["pin"]:
        yield Line(f"  fetched from {pin['url']} at {pin['commit']}, folder {pin['path']}")
        yield Line(f"  digest {pin['digest']}")
