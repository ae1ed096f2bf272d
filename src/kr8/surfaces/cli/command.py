"""One operation as one command."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Operation
from kr8.surfaces.cli.confirm import YES, confirm
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.secret_value import secret_values
from kr8.surfaces.cli.session import Session

ENDS: dict[str, dict[tuple[str, object], ExitCode]] = {
    "AuditVerdict": {("holds", False): ExitCode.REFUSED},
    "CheckedProject": {("refused", True): ExitCode.FINDINGS},
    "Diagnosis": {("healthy", False): ExitCode.REFUSED},
    "GeneratedView": {("state", "conflict"): ExitCode.CONFLICT, ("state", "differs"): ExitCode.FINDINGS},
    "UpdatedProject": {("state", "conflict"): ExitCode.CONFLICT},
}
"""Responses that say in a field whether it went well: the field with a value where it did not, and the exit code."""
Body = Callable[[Session, dict[str, Any]], ExitCode]


class ReaderGone(Exception):
    """Whatever read the output has closed it; click would take the OSError for itself."""


def operation_command(operation: Operation) -> click.Command:
    """The command that does an operation and shows its result."""
    destroys = operation.effect == "destroy"

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        arguments = arguments_of(operation, given) | secret_values(operation, session)
        if destroys:
            confirm(session, f"{' '.join(operation.path)}: {summary(operation)} Do it?", yes=given["yes"])
        value = call_operation(session, operation, arguments, given)
        session.show(operation, value)
        return _end(operation, value)

    options = signing(operation) or ([YES()] if destroys else [])
    return command(operation.path[-1], operation.text, [*parameters_of(operation), *options], body)


def _end(operation: Operation, value: dict[str, Any]) -> ExitCode:
    ends = ENDS.get(operation.response, {})
    return next((code for (field, bad), code in ends.items() if value.get(field) == bad), ExitCode.OK)


def signing(operation: Operation) -> list[click.Parameter]:
    """The options of a command that an approver may have to sign; none of another one."""
    if not operation.signed:
        return []
    from kr8.surfaces.cli.signed import signing_options  # noqa: PLC0415 - few commands are ever signed

    return signing_options("--key")


def call_operation(
    session: Session, operation: Operation, arguments: dict[str, Any], given: dict[str, Any]
) -> dict[str, Any]:
    """The result of an operation, signed where the daemon asks for that. Raises Failed."""
    if not operation.signed:
        return session.daemon.call(operation.name, arguments, read=operation.effect == "read")
    from kr8.surfaces.cli.signed import call_signed  # noqa: PLC0415 - as above

    return call_signed(session, operation, arguments, given)


def command(name: str, text: str, parameters: Sequence[click.Parameter], body: Body) -> click.Command:
    """A command of kr8: with `--json`, the session in hand, and an exit code as its result."""

    def callback(**given: Any) -> ExitCode:
        session: Session = click.get_current_context().obj
        try:
            return body(session, given)
        except BrokenPipeError as error:
            raise ReaderGone from error

    return click.Command(name, callback=callback, params=[*parameters, json_option()], help=text)


def json_option() -> click.Option:
    """`--json`. It is looked for before the command line is parsed, so that a wrong one is answered in JSON too."""
    return click.Option(["--json"], is_flag=True, expose_value=False, help="Print JSON, also on failure.")


def summary(operation: Operation) -> str:
    """The first line of an operation's text."""
    return operation.text.partition("\n")[0]
