"""Templates to start from."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A template each: its name and what it makes; below it what it asks for, where that was asked for."""
    if not value["templates"]:
        yield Line("no template", Tone.DIM)
    for template in value["templates"]:
        yield Line(f"{template['name']} {template['version']} ({template['kind']}, {template['origin']})", Tone.STRONG)
        yield Line(f"  {template['description']}")
        if template["state"] == "unknown":
            yield Line(f"  may not have been tried as it is now{_trial(template)}", Tone.DIM)
        if template["untrusted_broken"]:
            yield Line(f"  {template['untrusted_broken']}", Tone.BAD)
        for need in template["needs"]:
            yield Line(f"  needs {need}", Tone.DIM)
        for parameter in template["parameters"]:
            yield Line(f"  {parameter_line(parameter)}")
    if value["next"]:
        yield Line(f"more: --cursor {value['next']}", Tone.DIM)


def _trial(template: Mapping[str, Any]) -> str:
    """How one is tried where it lies; nothing of one that a distribution has."""
    name = template["name"].rpartition("/")[2]
    folders = {"project": f".kr8/templates/{name}", "user": f"KR8_HOME/templates/{name} --user"}
    folder = folders.get(template["origin"])
    return f": kr8 template create {name} --directory {folder}" if folder else ""


def parameter_line(parameter: Mapping[str, Any]) -> str:
    """A parameter: name, type, what is allowed, what it is."""
    allowed = ", ".join(parameter.get("choices") or ())
    default = "" if parameter["default"] is None else f" [default: {parameter['default']}]"
    kind = f"{parameter['type']}: {allowed}" if allowed else parameter["type"]
    return f"{parameter['name']} ({kind}) {parameter['description']}{default}"
