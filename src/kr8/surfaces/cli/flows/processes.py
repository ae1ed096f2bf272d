"""`kr8 serve` and `kr8 mcp` in help and completion. The entry point starts them before the command line is loaded."""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.session import Session

HELP = {
    "mcp": "The MCP server on standard input and output: what an MCP client is told to run.",
    "serve": "The daemon, in the foreground. Other commands start it by themselves where none runs.",
}


def command(path: tuple[str, ...], _catalogue: Catalogue) -> click.Command:
    """The place of a process in the tree of commands."""

    def body(_session: Session, _given: dict[str, Any]) -> ExitCode:
        raise click.UsageError(f"`{path[0]}` must be the first word after kr8.")

    return make_command(path[0], HELP[path[0]], [], body)
