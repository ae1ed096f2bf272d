"""`kr8 fix`: mend what is found in infrastructure code, wait for the end, and show the diff."""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows.plan import WAITED
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.session import Session

WAIT_S = 1.0
"""How long the daemon may hold an answer back: progress is shown in between."""


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """`kr8 fix [PART]…`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        session.show(operation, mended(session, operation, {"detail": True, **arguments_of(operation, given)}))
        return ExitCode.OK

    return make_command(operation.path[-1], operation.text, parameters_of(operation, WAITED), body)


def mended(session: Session, operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    """What was mended, when that is done: until then nothing is."""
    return ended(session, operation, arguments, "mending")


def ended(session: Session, operation: Operation, arguments: dict[str, Any], doing: str) -> dict[str, Any]:
    """What an operation comes to that validates first, when that is over."""
    with session.screen.watching(doing):
        while True:
            value = session.daemon.call(operation.name, {**arguments, "wait_s": WAIT_S})
            if value["state"] != "running":
                return value
            session.screen.say(underway(value))


def underway(value: dict[str, Any]) -> str:
    """What is said while a validation goes on; where others come first, nothing of it runs."""
    return f"validating: {', '.join(value['running']) or 'waiting to begin'}"
