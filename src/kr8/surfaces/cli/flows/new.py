"""`kr8 new`: on a terminal, what the template must be given and was not is asked for."""

from collections.abc import Mapping
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.problem import Failed
from kr8.surfaces.cli.render.problem import problem_lines
from kr8.surfaces.cli.render.templates import parameter_line
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
            answer = session.screen.ask(parameter_line(wanted[name]))
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


def parameters(session: Session, operation: Operation, arguments: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the template must be given, by name. Raises Failed."""
    field = operation.field("template")
    name = arguments.get("template") or (field.default if field is not None else None)
    whose = {"project": arguments["project"]} if arguments.get("project") else {}
    template = session.daemon.call("get_template", {"name": name, **whose}, read=True)
    return {each["name"]: each for each in template["parameters"] if each["name"] in template["wanted"]}
