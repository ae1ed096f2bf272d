"""Rows of the audit, and whether its chain holds."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.render.table import table

HEAD = ("number", "at", "phase", "who", "operation", "subject", "detail")


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A row an entry; or, of a verification, its verdict and each row that is not what was written."""
    if "holds" in value:
        yield from _verdict(value)
        return
    keys = ("number", "at", "phase", "caller", "operation", "subject", "untrusted_detail")
    rows = [[str(row[key]) for key in keys] for row in value["rows"]]
    yield from table(HEAD, [[row[0], row[1][:19], *row[2:]] for row in rows])


def _verdict(value: Mapping[str, Any]) -> Iterator[Line]:
    for row in value["broken"]:
        yield Line(f"row {row['number']}: {row['what']}", Tone.BAD)
    said = f"the chain of {value['rows']:,} rows" + (" holds" if value["holds"] else " is broken")
    yield Line(said, Tone.GOOD if value["holds"] else Tone.BAD)
    yield Line(f"its newest hash: {value['head']}", Tone.DIM)
