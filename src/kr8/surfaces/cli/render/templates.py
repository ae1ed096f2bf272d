"""Templates to start from."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A template each: its name and what it makes; below it what it asks for, where that was asked for."""
    if not value["templates"]:
        yield Line(value["next_step"], Tone.DIM)
    for template in value["templates"]:
        yield from template_lines(template)
    if value["next"]:
        yield Line(f"more: --cursor {value['next']}", Tone.DIM)


def template_lines(template: Mapping[str, Any]) -> Iterator[Line]:
    """One template."""
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
    for example in template["examples"]:
        values = (f" --value {shlex.quote(f'{name}={_typed(each)}')}" for name, each in example["values"].items())
        yield Line(f"  example {example['name']}:{''.join(values) or ' as it is'}", Tone.DIM)


def _typed(value: Any) -> str:
    """A value as it is typed on the command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _trial(template: Mapping[str, Any]) -> str:
    """How one is tried where it lies; nothing of one that a distribution has."""
    name = template["name"].rpartition("/")[2]
    ways = {
        "project": f"--directory .kr8/templates/{name}",
        "user": f"--user --directory FOLDER, which is templates/{name} of kr8's home",
    }
    way = ways.get(template["origin"])
    return f": kr8 template create {name} {way}" if way else ""


def parameter_line(parameter: Mapping[str, Any]) -> str:
    """A parameter: name, type, what is allowed, what it is."""
    allowed = ", ".join(parameter.get("choices") or ())
    default = "" if parameter["default"] is None else f" [default: {_typed(parameter['default'])}]"
    kind = f"{parameter['type']}: {allowed}" if allowed else f"{parameter['type']}{bounds(parameter)}"
    return f"{parameter['name']} ({kind}) {parameter['description']}{default}"


def bounds(parameter: Mapping[str, Any]) -> str:
    """Between which numbers a value lies, after a comma; nothing where it has no bounds."""
    least, most = parameter.get("minimum"), parameter.get("maximum")
    if least is not None and most is not None:
        return f", {least} to {most}"
    return f", at least {least}" if least is not None else f", at most {most}" if most is not None else ""
