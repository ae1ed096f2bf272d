"""Values that are never typed on a command line, where every user of the machine could read them."""

import getpass
from typing import Any

from kr8.surfaces.cli.catalogue import Operation
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.problem import Failed, Problem
from kr8.surfaces.cli.session import Session


def secret_values(operation: Operation, session: Session) -> dict[str, Any]:
    """The write-only fields of a request: asked for twice without echo, or read from the standard input."""
    return {field.name: _read(field.name, session) for field in operation.fields if field.write_only}


def _read(name: str, session: Session) -> str:
    if not session.screen.source_is_terminal:
        # One line end is what `echo` and editors add; more of them are the value's own.
        return session.screen.read().removesuffix("\n").removesuffix("\r")
    first = getpass.getpass(f"{name} (not shown): ")
    if getpass.getpass(f"{name} again: ") != first:
        problem = Problem("values_differ", "The two values differ.", mend="Nothing was sent; try again.", field=name)
        raise Failed(problem, ExitCode.USAGE)
    return first
