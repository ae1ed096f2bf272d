"""kr8's own rules."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A rule each: its name, what must hold, and below it why, and what to do."""
    if not value["rules"]:
        yield Line("no rule", Tone.DIM)
    for rule in value["rules"]:
        yield Line(f"kr8/{rule['name']} ({rule['part']}, {rule['severity']}): {rule['title']}", Tone.STRONG)
        yield Line(f"  {rule['why']}")
        yield Line(f"  next: {rule['mend']}")
        if rule["link"]:
            yield Line(f"  {rule['link']}", Tone.DIM)
