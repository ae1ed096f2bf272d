"""What became of generated files, or would: a line for each, and every difference behind them."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.render import fields
from kr8.surfaces.cli.render.difference import difference


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """The fields, the differences behind them, and what is next at the end."""
    files = [{"path": each["path"], "written": each["written"]} for each in value["files"]]
    yield from fields.lines({**value, "files": files, "next_step": ""})
    for each in value["files"]:
        if each["written"] == "conflict":
            yield Line(f"conflict: {each['path']} (- as it is, + as it is generated)", Tone.WARNING)
        yield from difference(each["untrusted_difference"])
    yield from fields.lines({"next_step": value["next_step"]})
