"""`kr8 follow`: watch a deployment that runs."""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows.follow import conclude, follow, look
from kr8.surfaces.cli.session import Session

HELP = """Watch a deployment until it ends; Ctrl-C stops watching and nothing else."""


def command(_path: tuple[str, ...], _catalogue: Catalogue) -> click.Command:
    """`kr8 follow DEPLOYMENT`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        start = look(session, given["deployment"])
        return conclude(session, follow(session, start, until=lambda now: now.settled or now.state == "planned"))

    return make_command("follow", HELP, [click.Argument(["deployment"], help="The deployment's id.")], body)
