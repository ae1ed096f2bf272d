"""`kr8 template create`: what is proposed of a project is taken by a yes, where somebody can be asked."""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.session import Session


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """`kr8 template create NAME`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        arguments = arguments_of(operation, given)
        value = made(session, operation, arguments)
        if value["state"] == "proposed" and session.screen.asks and session.screen.confirm("Take all of them?"):
            made(session, operation, {**arguments, "accept": [each["name"] for each in value["proposed"]]})
        return ExitCode.OK

    return make_command(operation.path[-1], operation.text, parameters_of(operation), body)


def made(session: Session, operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    """What became of the draft, shown. Raises Failed."""
    with session.screen.watching(f"trying {arguments['name']}"):
        value = session.daemon.call(operation.name, arguments)
    session.show(operation, value)
    return value
