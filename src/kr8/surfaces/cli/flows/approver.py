"""`kr8 approver add` and `remove`: a change of who may approve, signed by somebody who may."""

from pathlib import Path
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.problem import Problem, failed
from kr8.surfaces.cli.session import Session
from kr8.surfaces.cli.signed import call_signed, signing_options

FROM_FILES = frozenset({"public_key"})


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """The operation's command; keys come from files."""
    adds = operation.field("public_key") is not None

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        arguments = arguments_of(operation, given)
        if adds:
            arguments["public_key"] = _public_key(Path(given["public"]))
        session.show(operation, call_signed(session, operation, arguments, given))
        return ExitCode.OK

    keys = [_public(), *signing_options()] if adds else signing_options("--key")
    parameters = [*parameters_of(operation, FROM_FILES), *keys]
    return make_command(operation.path[-1], operation.text, parameters, body)


def _public_key(file: Path) -> str:
    """The line of an .pub file. Raises Failed for what has more lines, as a private key has: it is sent nowhere."""
    key = file.read_text("utf-8", errors="replace").strip()
    if len(key.splitlines()) == 1:
        return key
    what = f"{file} is not the file of a public key, and nothing was sent."
    mend = f"Name the public one, which is one line: --key {file}.pub"
    raise failed(Problem("invalid_public_key", what, mend=mend, field="key"), ExitCode.REFUSED)


def _public() -> click.Option:
    file = click.Path(exists=True, dir_okay=False)
    text = "Their public SSH key: an .pub file, ed25519 with a passphrase or a security key."
    return click.Option(["--key", "public"], type=file, required=True, help=text)
