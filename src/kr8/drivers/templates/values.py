"""The values that a template is rendered with (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kr8.domain.nearest import nearest
from kr8.domain.problem import Refused, refuse
from kr8.domain.shortened import quoted
from kr8.domain.template import ALWAYS, ChoiceParameter, Parameter, Template, Value

ANOTHER_VALUE = "Give another value: list_templates, or kr8 template show, says what it may be."


def complete(template: Template, values: Mapping[str, Value]) -> dict[str, Value]:
    """A value for each parameter, defaults included. Raises Refused; patterns are checked where it is rendered."""
    known = {parameter.name: parameter for parameter in template.parameters}
    others = known.keys() - ALWAYS
    unknown = [name for name in values if name not in known and name not in ALWAYS]
    if unknown:
        raise refuse(
            "unknown_parameter",
            f"The template {template.name} has no parameter {_listed(unknown)}.",
            mend=nearest(unknown[0], others) if others else "Leave it out: the template asks for nothing.",
            field="values",
        )
    given = {parameter.name: values.get(parameter.name, parameter.default) for parameter in template.parameters}
    missing = [known[name] for name, value in given.items() if value is None]
    if missing:
        raise _missing(template, missing)
    return _read(template, {name: value for name, value in given.items() if value is not None})


def patterns(template: Template) -> dict[str, str]:
    """The patterns of the parameters that have one, by name."""
    found = {each.name: getattr(each, "pattern", None) for each in template.parameters}
    return {name: pattern for name, pattern in found.items() if pattern is not None}


def _missing(template: Template, parameters: Iterable[Parameter]) -> Refused:
    listed = list(parameters)
    names = ", ".join(each.name for each in listed)
    return refuse(
        "missing_parameter",
        f"The template {template.name} needs a value for {names}.",
        mend="Give them by name, in `values` (--value NAME=VALUE).",
        field=f"values.{listed[0].name}",
        output=tuple(asked(each) for each in listed),
    )


def asked(parameter: Parameter) -> str:
    """A parameter on one line, for whoever has to give it."""
    plain = parameter.model_dump(exclude={"name", "type", "description", "default"}, exclude_none=True)
    limits = "".join(f", {name} {value}" for name, value in plain.items())
    return f"{parameter.name} ({parameter.type}{limits}): {parameter.description}"


def _read(template: Template, given: Mapping[str, Value]) -> dict[str, Value]:
    """The values as their types have them. Raises Refused that names all that are not allowed."""
    read: dict[str, Value] = {}
    wrong: dict[Parameter, str] = {}
    for parameter in (each for each in template.parameters if each.name in given):
        try:
            read[parameter.name] = parameter.read(given[parameter.name])
        except ValueError as error:
            shown = quoted(_shown(given[parameter.name]))
            wrong[parameter] = f"{shown} is not allowed for {parameter.name}: {error}."
    if wrong:
        raise _not_allowed(wrong, given)
    return read


def _not_allowed(wrong: Mapping[Parameter, str], given: Mapping[str, Value]) -> Refused:
    choices = [(each, each.choices) for each in wrong if isinstance(each, ChoiceParameter)]
    return refuse(
        "invalid_parameter",
        " ".join(wrong.values()),
        mend=ANOTHER_VALUE,
        field=f"values.{next(iter(wrong)).name}",
        # A template's own words, whoever has written it.
        output=tuple(nearest(_shown(given[each.name]), allowed) for each, allowed in choices),
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))


def _shown(value: Value) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
