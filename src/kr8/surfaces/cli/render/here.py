"""What the supervisor of this machine sees, without the daemon."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.render.table import table
from kr8.surfaces.cli.render.timetable import timetable, tone_of


def observed_lines(services: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    """A row a release of each service; what is stuck, with its last lines, below."""
    rows = [_row(service, share) for service in services for share in service["shares"]]
    yield from table(["service", "release", "ready", "address"], rows)
    for service in services:
        if service.get("schedule"):  # an older supervisor does not say
            yield Line(f"{service['key']}: {timetable(service['schedule'])}", tone_of(service["schedule"]))
        if service["stuck"]:
            yield from _stuck(service["key"], service["stuck"])


def environment_lines(environments: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    """A row an environment: what it promoted last that still counts."""
    rows: list[list[str]] = []
    for each in environments:
        standing = [baseline for baseline in each["promoted"] if not baseline["withdrawn"]]
        last = standing[-1] if standing else None
        generation = str(last["generation"]) if last else "-"
        rows.append([each["key"].rpartition(".")[2], generation, last["label"] if last else "nothing promoted"])
    yield from table(["environment", "generation", "serves"], rows)


def _row(service: Mapping[str, Any], share: Mapping[str, Any]) -> list[str]:
    # A job has done what is wanted of it, or waits for its next run.
    ready = f"{share['instances'] if share.get('completed') else share['ready']} of {share['instances']}"
    return [service["key"], share["release"], ready, service["listen"] or "-"]


def _stuck(key: str, failure: Mapping[str, Any]) -> Iterator[Line]:
    yield Line(f"{key} is stuck: {failure['code']}: {failure['what']}", Tone.BAD)
    yield Line("output of the program, its last lines:", Tone.DIM)
    yield from (Line(f"  | {line}") for line in failure["lines"])
