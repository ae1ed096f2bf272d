"""The values that a template is rendered with (pure)."""

from __future__ import annotations

from kr8.domain.nearest import nearest
from kr8.domain.problem import refuse
from kr8.domain.shortened import quoted
from kr8.ports.templates import Parameter, Template

ALWAYS = frozenset({"name", "id", "description"})
"""What every new project has; a template takes of it what it asks for."""
LONGEST = 10_000


def complete(template: Template, values: dict[str, str]) -> dict[str, str]:
    """A value for each parameter, defaults included. Raises Refused; patterns are checked where it is rendered."""
    known = {parameter.name: parameter for parameter in template.parameters}
    for name in values:
        if name not in known and name not in ALWAYS:
            raise refuse(
                "unknown_parameter",
                f"The template {template.name} has no parameter {quoted(name)}.",
                mend=nearest(name, known),
                field="values",
            )
    return {name: _value(template, parameter, values) for name, parameter in known.items()}


def _value(template: Template, parameter: Parameter, values: dict[str, str]) -> str:
    value = values.get(parameter.name, parameter.default)
    field = f"values.{parameter.name}"
    if value is None:
        what = f"The template {template.name} needs {parameter.name}."
        raise refuse("missing_parameter", what, field=field, output=(parameter.description,))
    if parameter.choices and value not in parameter.choices:
        what = f"{quoted(value)} is not allowed for {parameter.name}."
        raise refuse("invalid_parameter", what, mend=nearest(value, parameter.choices), field=field)
    if len(value) > LONGEST or "\0" in value:
        what = f"{parameter.name} is too long, or has a NUL in it; at most {LONGEST:,} characters."
        raise refuse("invalid_parameter", what, field=field)
    return value
