"""What `kr8 doctor` found."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone

TONES = {"ok": Tone.GOOD, "warning": Tone.WARNING, "broken": Tone.BAD}


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A line a check, with what to do below."""
    for check in value["checks"]:
        yield Line(f"{check['result']}: {check['name']}: {check['what']}", TONES.get(check["result"], Tone.PLAIN))
        if check["mend"]:
            yield Line(f"  next: {check['mend']}", Tone.STRONG)
    yield Line("healthy" if value["healthy"] else "not healthy", Tone.GOOD if value["healthy"] else Tone.BAD)
