"""What an environment has served."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.render.size import size
from kr8.surfaces.cli.render.table import table


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A row a promotion, newest first."""
    if not value["promotions"]:
        yield Line(f"{value['environment']} has served nothing yet", Tone.DIM)
    yield from table(
        ["", "generation", "at", "commit", "rollback", "builds", "deployment", "releases"],
        [_row(p) for p in value["promotions"]],
    )


def _row(promotion: Mapping[str, Any]) -> list[str]:
    mark = "serves" if promotion["current"] else "withdrawn" if promotion["withdrawn"] else ""
    releases = ", ".join(f"{service} {release}" for service, release in promotion["releases"].items())
    commit = (promotion["commit"] or "-")[:12]
    # An older daemon says neither.
    back = "-" if promotion["current"] else promotion.get("back", "?")
    takes = size(promotion["build_bytes"]) if "build_bytes" in promotion else "?"
    at = str(promotion["at"])[:19]
    return [mark, str(promotion["generation"]), at, commit, back, takes, promotion["deployment"], releases]
