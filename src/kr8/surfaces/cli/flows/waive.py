"""`kr8 waive`: waive what stands today, wait for the end, and say what became of it."""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows.fix import ended
from kr8.surfaces.cli.flows.plan import WAITED
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.session import Session

BESIDE = ("until", "owner")
"""What `kr8 validate --waive` says besides the reason, by the names of `kr8 waive`."""
SEVERITY = "--severity narrows what is shown, and --waive waives all that may be: give one of them."


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """`kr8 waive [PART]…`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        session.show(operation, waived(session, operation, arguments_of(operation, given)))
        return ExitCode.OK

    return make_command(operation.path[-1], operation.text, parameters_of(operation, WAITED), body)


def waived(session: Session, operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    """What was waived, when that is done: until then nothing is."""
    return ended(session, operation, arguments, "waiving")


def options_of_validate() -> list[click.Parameter]:
    """`--waive` and what it asks for."""
    return [
        click.Option(["--waive"], metavar="REASON", help="Waive first what stands, by rule and file: as kr8 waive."),
        click.Option(["--until"], metavar="DATE", help="The last day of what --waive waives, YYYY-MM-DD."),
        click.Option(["--owner"], help="Who comes back to what --waive waives. Default: you."),
    ]


def checked(given: dict[str, Any]) -> bool:
    """Whether `kr8 validate` is to waive. Raises UsageError where an option lacks another."""
    if given["waive"] is None:
        lone = next((name for name in BESIDE if given[name] is not None), None)
        if lone is not None:
            raise click.UsageError(f"--{lone} says something of what --waive waives: give a reason with --waive.")
        return False
    if given["until"] is None:
        raise click.UsageError("--waive needs the last day: --until YYYY-MM-DD.")
    if given["severity"] is not None:
        raise click.UsageError(SEVERITY)
    return True


def asked(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `waive_findings` that `kr8 validate --waive` gives."""
    return {"reason": given["waive"], **{name: given[name] for name in BESIDE if given[name] is not None}}
