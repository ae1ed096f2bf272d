"""A draft: what was proposed for it, or where it was kept."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """The parameters that it could ask for; or the place, what was found, and what could not be checked."""
    if value["state"] == "proposed":
        yield Line("parameters that it could ask for, and what they are in this project:", Tone.STRONG)
        for each in value["proposed"]:
            yield Line(f"  {each['name']}: {each['untrusted_text']}")
            yield Line(f"    in {', '.join(each['untrusted_places']) or 'no file'}", Tone.DIM)
        yield Line(f"next: {value['next_step']}", Tone.STRONG)
        return
    word = "kept in" if value["state"] == "kept" else "nothing new: it is in"
    yield Line(f"{value['name']} {value['version']}: {word} {value['path']}", Tone.GOOD)
    yield from checked_lines(value)
    yield Line(f"next: {value['next_step']}", Tone.STRONG)


def checked_lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """What was found in what a template makes, and what could not be checked."""
    for finding in value["findings"]:
        where = f"{finding['untrusted_place']}: " if finding["untrusted_place"] else ""
        yield Line(f"  {finding['severity']}: {where}{finding['what']} [{finding['rule']}]", Tone.WARNING)
    for each in value["not_checked"]:
        yield Line(f"  not checked by {each['checker']}: {each['untrusted_why']}", Tone.WARNING)
    if value["verdict"] == "incomplete":
        yield Line("not everything was checked: no pass", Tone.WARNING)
