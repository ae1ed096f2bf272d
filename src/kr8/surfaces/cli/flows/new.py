"""`kr8 new`: on a terminal, what the template must be given and was not is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.parameters import OneOf, arguments_of, parameters_of
from kr8.surfaces.cli.problem import Failed, Problem
from kr8.surfaces.cli.render.problem import problem_lines
from kr8.surfaces.cli.render.templates import bounds, parameter_line
from kr8.surfaces.cli.session import Session

WRONG = "invalid_parameter"
FIELD = "values."


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """`kr8 new NAME`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        arguments = arguments_of(operation, given)
        if session.screen.asks:
            value = asked_for(session, operation, arguments)
        else:
            value = session.daemon.call(operation.name, arguments)
        session.show(operation, value)
        return ExitCode.OK

    return make_command(operation.path[-1], operation.text, parameters_of(operation), body)


def asked_for(session: Session, operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    """The result, once everything that was asked for is allowed. Raises Failed."""
    wanted = parameters(session, operation, arguments)
    values: dict[str, Any] = {**arguments.get("values", {})}
    missing = [name for name in wanted if name not in values]
    while True:
        for name in missing:
            answer = answered(session, wanted[name])
            if answer is None:  # the end of what is typed: the daemon says what is missing
                return session.daemon.call(operation.name, {**arguments, "values": values})
            values[name] = answer
        try:
            return session.daemon.call(operation.name, {**arguments, "values": values} if values else arguments)
        except Failed as failed:
            missing = [(failed.problem.field or "").removeprefix(FIELD)]
            if failed.problem.code != WRONG or missing[0] not in wanted:
                raise
            session.screen.complain(problem_lines(failed.problem))


def answered(session: Session, parameter: Mapping[str, Any]) -> Any:
    """What a person answers, asked again until it is of the parameter's type; None at the end of what is typed."""
    kind = KINDS.get(parameter["type"], _text)(parameter)
    while True:
        answer = session.screen.ask(parameter_line(parameter).removesuffix("."))
        try:
            return None if answer is None else kind.type.convert(answer, None, None)
        except click.BadParameter as error:
            what = f"{answer!r} is not {kind.words}." if kind.words else error.message
            name, mend = parameter["name"], "Give another value."
            problem = Problem("invalid_parameter", f"{name}: {what}", mend=mend, field=f"{FIELD}{name}")
            session.screen.complain(problem_lines(problem))


@dataclass(frozen=True)
class Kind:
    """What an answer must be."""

    type: click.ParamType[Any]
    words: str = ""
    """It in words; empty where the type has its own for what is wrong."""


def _text(_parameter: Mapping[str, Any]) -> Kind:
    return Kind(click.STRING)


def _number(parameter: Mapping[str, Any]) -> Kind:
    allowed = click.IntRange(parameter.get("minimum"), parameter.get("maximum"))
    return Kind(allowed, f"a whole number{bounds(parameter)}")


KINDS: Mapping[str, Callable[[Mapping[str, Any]], Kind]] = {
    "integer": _number,
    "boolean": lambda _parameter: Kind(click.BOOL, "yes or no"),
    "choice": lambda parameter: Kind(OneOf(parameter["choices"])),
}
"""What an answer must be, by the type of the parameter; the daemon judges the rest."""


def parameters(session: Session, operation: Operation, arguments: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the template must be given, by name. Raises Failed."""
    field = operation.field("template")
    name = arguments.get("template") or (field.default if field is not None else None)
    whose = {"project": arguments["project"]} if arguments.get("project") else {}
    template = session.daemon.call("get_template", {"name": name, **whose}, read=True)
    return {each["name"]: each for each in template["parameters"] if each["name"] in template["wanted"]}
