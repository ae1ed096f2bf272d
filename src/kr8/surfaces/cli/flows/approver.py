"""`kr8 approver add` and `remove`: a change of who may approve, signed by somebody who may."""

from pathlib import Path
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.session import Session
from kr8.surfaces.cli.signed import call_signed, signing_options

FROM_FILES = frozenset({"public_key"})


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """The operation's command; keys come from files."""
    adds = operation.field("public_key") is not None

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        arguments = arguments_of(operation, given)
        if adds:
            arguments["public_key"] = Path(given["public"]).read_text("utf-8").strip()
        session.show(operation, call_signed(session, operation, arguments, given))
        return ExitCode.OK

    keys = [_public(), *signing_options()] if adds else signing_options("--key")
    parameters = [*parameters_of(operation, FROM_FILES), *keys]
    return make_command(operation.path[-1], operation.text, parameters, body)


def _public() -> click.Option:
    file = click.Path(exists=True, dir_okay=False)
    text = "Their public SSH key: an .pub file, ed25519 with a passphrase or a security key."
    return click.Option(["--key", "public"], type=file, required=True, help=text)
