"""`kr8 logs`: the last lines, and with -f all that comes after them."""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows.plan import WAITED
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.render.logs import entries
from kr8.surfaces.cli.session import Session

WAIT_S = 25
"""How long the daemon holds an answer back while nothing is new."""


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """The operation's command, with `--follow`. With `--json` too, each page is one value."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        arguments = arguments_of(operation, given)
        page = session.daemon.call(operation.name, arguments, read=True)
        session.show(operation, page)
        while given["follow"]:
            arguments = {**arguments, "cursor": page["cursor"], "wait_s": WAIT_S}
            page = session.daemon.call(operation.name, arguments, read=True)
            if page["lines"]:
                session.result(page, entries(page))
        return ExitCode.OK

    follow = click.Option(["--follow", "-f"], is_flag=True, help="Go on with what comes; Ctrl-C ends it.")
    return make_command(operation.path[-1], operation.text, [*parameters_of(operation, WAITED), follow], body)
