"""What was waived: the diff, what was left, what it comes to, and what is next."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone, split
from kr8.surfaces.cli.render.difference import difference
from kr8.surfaces.cli.render.validation import VERDICTS


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """The diff as it is, what was left with the reason, and the verdict."""
    yield from difference(value["untrusted_diff"])
    for each in value["left"]:
        place = f" {each['untrusted_place']}" if each["untrusted_place"] else ""
        said = f"left: {each['severity']}: {each['rule']}{place}: {each['untrusted_why']}"
        yield from split(said, Tone.WARNING)
    if value["waivers"]:
        word = "waived" if value["written"] else "would waive"
        much = f"{_many(value['findings'], 'finding')} by {_many(value['waivers'], 'waiver')}"
        yield Line(f"{word}: {much} in {value['file']}", Tone.GOOD)
    if value["verdict"] is not None:
        text, tone = VERDICTS[value["verdict"]]
        yield Line(f"validation then: {text}", tone)
    yield from split(value["next_step"], Tone.STRONG)


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
