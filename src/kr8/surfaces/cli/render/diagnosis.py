"""What `kr8 doctor` found."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.render.size import size
from kr8.surfaces.cli.render.table import table

TONES = {"ok": Tone.GOOD, "warning": Tone.WARNING, "broken": Tone.BAD}


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A line a check, with what to do below."""
    for check in value["checks"]:
        yield Line(f"{check['result']}: {check['name']}: {check['what']}", TONES.get(check["result"], Tone.PLAIN))
        if check["mend"]:
            yield Line(f"  next: {check['mend']}", Tone.STRONG)
    if value.get("disk") is not None:  # an older daemon does not say
        yield from _disk(value["disk"])
    yield Line("healthy" if value["healthy"] else "not healthy", Tone.GOOD if value["healthy"] else Tone.BAD)


def _disk(use: Mapping[str, Any]) -> Iterator[Line]:
    """What takes how much, of which project, the largest first."""
    told = f"kr8 takes {size(use['bytes'])} of the disk, {size(use['free'])} are free."
    yield Line(f"{told} The next promotion lets go of {size(use['frees'])}.", Tone.STRONG)
    rows = [[row["kind"], row["project"] or "-", size(row["bytes"]), *_pruned(row)] for row in use["rows"]]
    yield from table(["what", "project", "takes", "stays", "goes"], rows, "  ")


def _pruned(row: Mapping[str, Any]) -> tuple[str, str]:
    return size(row["bytes"] - row["frees"]), size(row["frees"]) if row["frees"] else "-"
