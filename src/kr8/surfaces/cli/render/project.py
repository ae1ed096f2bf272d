"""A project, and what to do with it first."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.render.plan import finding_lines

WHOSE = {
    "user": "a template of the user's own",
    "project": "a template of the project's own",
    "fetched": "a template that was fetched",
    "installed": "a template of another distribution",
}
"""Templates that are not kr8's, by their origin."""


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """What it is, what was written, and the command that comes next."""
    yield Line(f"{value['name']} ({value['id']}) in {value['path']}", Tone.STRONG)
    yield Line(f"  services: {', '.join(value['services'])}")
    yield Line(f"  environments: {', '.join(value['environments'])}")
    is_made = "kr8.toml" in value["written"]
    if value.get("template") in WHOSE:
        yield Line(f"  {'made' if is_made else 'added'} from {WHOSE[value['template']]}")
    for path in value["written"]:
        yield Line(f"  written: {path}", Tone.DIM)
    for path in value.get("untrusted_left", ()):
        yield Line(f"  left as it was: {path}", Tone.WARNING)
    if value["commit"]:
        yield Line(f"  committed as {value['commit'][:12]}")
        yield Line(f"next: cd {value['path']} && kr8 deploy {value['environments'][0]}", Tone.STRONG)
    elif is_made:
        yield Line("next: fit kr8.toml to this repository and commit it; kr8 check says what is wrong", Tone.STRONG)
    elif "findings" in value:
        for finding in value["findings"]:
            yield from finding_lines(finding)
        if value["refused"]:
            yield Line(f"next: {value['next_step']}", Tone.STRONG)
        else:
            yield Line("kr8.toml is valid.", Tone.GOOD)
    else:
        yield Line(f"next: {value['next_step']}", Tone.STRONG)
