"""`kr8 open`: the address of a service, opened in a browser where there is one to see it in."""

import os
import webbrowser
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.line import Line
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.session import Session

HELP = """Print where a service takes traffic and, from a desktop's terminal, open it in the browser."""
DESKTOPS = ("DISPLAY", "WAYLAND_DISPLAY")


def command(_path: tuple[str, ...], catalogue: Catalogue) -> click.Command:
    """`kr8 open ENVIRONMENT`."""
    operation = catalogue.get("get_address")

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        found = session.daemon.call(operation.name, arguments_of(operation, given), read=True)
        session.result(found, [Line(found["url"])])
        if session.screen.asks and not given["no_browser"] and any(os.environ.get(name) for name in DESKTOPS):
            webbrowser.open(found["url"])
        return ExitCode.OK

    browser = click.Option(["--no-browser"], is_flag=True, help="Only print it.")
    return make_command("open", HELP, [*parameters_of(operation), browser], body)
