"""Rollback, scale, restart, down: operations that start a deployment, followed to its end."""

from collections.abc import Callable
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import call_operation, signing, summary
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.confirm import YES, confirm
from kr8.surfaces.cli.deployment import parse_deployment
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows.announcing import WORDS, announce
from kr8.surfaces.cli.flows.deploy import no_wait, see_through
from kr8.surfaces.cli.flows.plan import WAITED
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.problem import Failed
from kr8.surfaces.cli.session import Session

ASKS = """On a terminal, where the environment asks for approvals, it first shows in two lines what it will do, and
asks; with --yes, in a pipe, with --json, and where the daemon is gone, it does not ask."""
"""What the help of the commands says that announce."""
STORE_GONE = frozenset({"audit_unavailable", "database_locked", "disk_full", "store_unreadable", "store_unreachable"})
Instead = Callable[[Session, dict[str, Any], Failed], ExitCode]


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """The operation's command, followed."""
    return changing(operation, None)


def changing(operation: Operation, instead: Instead | None) -> click.Command:
    """The command; `instead` is done where the daemon cannot be reached, or cannot use its store."""
    destroys = operation.effect == "destroy"

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        arguments = arguments_of(operation, given)
        if destroys:
            arguments |= _confirmed(session, operation, arguments, yes=given["yes"])
        try:
            announce(session, operation, arguments, yes=given["yes"])
            start = parse_deployment(call_operation(session, operation, arguments, given))
        except Failed as error:
            if instead is None or not _helpless(error):
                raise
            return instead(session, arguments, error)
        return see_through(session, start, wait=not given["no_wait"])

    parameters = [
        *parameters_of(operation, WAITED | {"confirm"}),
        *(signing(operation) or [YES(approved=True)]),
        no_wait(),
    ]
    text = f"{operation.text}\n\n{ASKS}" if operation.name in WORDS else operation.text
    return make_command(operation.path[-1], text, parameters, body)


def _helpless(error: Failed) -> bool:
    """Whether the daemon could not even begin."""
    storeless = error.problem.code in STORE_GONE and error.problem.outcome == "not_started"
    return storeless or error.exit is ExitCode.UNREACHABLE


def _confirmed(session: Session, operation: Operation, arguments: dict[str, Any], *, yes: bool) -> dict[str, Any]:
    """Ask; the argument that tells the daemon so."""
    environment = arguments.get("environment", "")
    confirm(session, f"{environment}: {summary(operation)} Do it?", yes=yes)
    return {"confirm": environment} if operation.field("confirm") else {}
