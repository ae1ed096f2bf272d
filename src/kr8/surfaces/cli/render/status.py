"""What every environment of a project serves, and what runs or waits there."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.render.size import size
from kr8.surfaces.cli.render.table import table
from kr8.surfaces.cli.render.timetable import timetable, tone_of


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A paragraph an environment."""
    yield Line(f"{value['project']} ({value['id']})", Tone.STRONG)
    for environment in value["environments"]:
        yield from _environment(environment)


def _environment(each: Mapping[str, Any]) -> Iterator[Line]:
    if each["services"]:
        commit = f" of commit {each['commit'][:12]}" if each["commit"] else ""
        yield Line(f"{each['environment']}: generation {each['generation']}{commit}, since {str(each['since'])[:19]}")
        rows = [_service(service) for service in each["services"]]
        yield from table(["service", "version", "ready", "in flight", "url"], rows, "  ")
    else:
        yield Line(f"{each['environment']}: serves nothing", Tone.DIM)
    if each.get("build_bytes"):  # an older daemon does not say
        ways = f"{each['kept']} earlier release{'' if each['kept'] == 1 else 's'}"
        yield Line(f"  builds: {size(each['build_bytes'])}, with {ways} to roll back to at once", Tone.DIM)
    if not each.get("in_file", True):  # nor this
        yield Line(f"  kr8.toml names it no more; it serves until: kr8 down {each['environment']}", Tone.WARNING)
    for service in each["services"]:
        if service.get("timetable"):  # nor this
            yield Line(f"  {service['service']}: {timetable(service['timetable'])}", tone_of(service["timetable"]))
        if service["trouble"]:
            yield Line(f"  {service['service']}: {service['trouble']}", Tone.BAD)
    if each.get("trouble"):  # nor this
        yield Line(f"  {each['trouble']}", Tone.BAD)
    if each["active"]:
        yield Line(f"  deployment {each['active']}", Tone.WARNING)
    if each["frozen_by"]:
        yield Line(f"  frozen by {each['frozen_by']}: kr8 deployment resolve {each['frozen_by']} …", Tone.BAD)


def _service(service: Mapping[str, Any]) -> list[str]:
    ready = "?" if service["ready"] is None else str(service["ready"])
    flight = "?" if service["in_flight"] is None else str(service["in_flight"])
    return [service["service"], service["version"], f"{ready} of {service['wanted']}", flight, service["url"] or "-"]
