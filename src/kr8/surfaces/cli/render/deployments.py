"""A list of deployments."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.render.table import table

HEAD = ("id", "environment", "kind", "state", "commit", "asked for", "by", "result")


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A row a deployment, newest first."""
    found: list[Mapping[str, Any]] = value["deployments"]
    if not found:
        yield Line("no deployments", Tone.DIM)
    yield from table(HEAD, [_row(each) for each in found])
    if value.get("next"):
        yield Line(f"older ones: --before {value['next']}", Tone.DIM)


def _row(each: Mapping[str, Any]) -> list[str]:
    commit = (each["commit"] or "-")[:12]
    at = str(each["requested_at"])[:19]
    said = (each["waits_for"] and f"waits for {each['waits_for']}") or each["result"]
    return [each["id"], each["environment"], each["kind"], each["state"], commit, at, each["requested_by"], said]
