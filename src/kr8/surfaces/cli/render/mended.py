"""What was mended: the diff, what was left alone, and what is next."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone, split
from kr8.surfaces.cli.render.difference import difference


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """The diff as it is, and a line for each file."""
    yield from difference(value["untrusted_diff"])
    for each in value["files"]:
        word = "mended" if value["changed"] else "would mend"
        yield Line(f"{word}: {each['untrusted_path']} [{', '.join(each['rules'])}]", Tone.GOOD)
    for each in value["left"]:
        yield from split(f"left: {each['untrusted_path']} [{', '.join(each['rules'])}]: {each['why']}", Tone.WARNING)
    yield from split(value["next_step"], Tone.STRONG)
