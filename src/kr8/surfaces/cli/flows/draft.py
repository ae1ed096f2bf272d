"""`kr8 template create` and `add`: a draft is waited for until it was tried.

What is proposed of a project is taken by a yes, where somebody can be asked.
"""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.problem import Failed
from kr8.surfaces.cli.session import Session


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """`kr8 template create NAME`, `kr8 template add URL`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        arguments = arguments_of(operation, given)
        value = made(session, operation, arguments)
        if value.get("state") == "proposed" and session.screen.asks and session.screen.confirm("Take all of them?"):
            value = made(session, operation, {**arguments, "accept": [each["name"] for each in value["proposed"]]})
        return ExitCode.INCOMPLETE if value["verdict"] == "incomplete" else ExitCode.OK

    return make_command(operation.path[-1], operation.text, parameters_of(operation), body)


def made(session: Session, operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    """What became of the draft, shown. Raises Failed."""
    with session.screen.watching("trying the template"):
        value = waited(session, operation, arguments)
    session.show(operation, value)
    return value


def waited(session: Session, operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    """What the daemon says once the draft was tried. Raises Failed."""
    while True:
        try:
            return session.daemon.call(operation.name, arguments)
        except Failed as failed:
            if failed.problem.code != "still_trying":
                raise
