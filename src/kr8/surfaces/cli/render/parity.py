"""Where the environments of a project differ."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.render.table import table


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A row a setting, a column an environment."""
    environments: list[str] = value["environments"]
    differences: list[Mapping[str, Any]] = value["untrusted_differences"]
    if not differences:
        yield Line("The environments do not differ.", Tone.GOOD)
    rows = [[each["setting"], *(each["values"][name] for name in environments)] for each in differences]
    yield from table(("setting", *environments), rows)
