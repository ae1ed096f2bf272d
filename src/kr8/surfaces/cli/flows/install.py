"""`kr8 tools install`: ask for a tool, and wait until it is there or cannot be."""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows.plan import WAITED
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.session import Session

WAIT_S = 20.0


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """`kr8 tools install NAME`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        arguments = {**arguments_of(operation, given), "wait_s": WAIT_S}
        with session.screen.watching(f"installing {given['name']}"):
            value = session.daemon.call(operation.name, arguments)
            while value["state"] == "installing":
                value = session.daemon.call(operation.name, arguments)
        session.show(operation, value)
        return ExitCode.OK if value["state"] == "installed" else ExitCode.REFUSED

    return make_command(operation.path[-1], operation.text, parameters_of(operation, WAITED), body)
