"""`kr8 approver add` and `remove`: a change of who may approve, signed by somebody who may."""

from pathlib import Path
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.confirm import YES, confirm
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows.approve import key_of, key_option
from kr8.surfaces.cli.line import Line
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.render.signing import text_lines
from kr8.surfaces.cli.session import Session
from kr8.surfaces.cli.sign import sign

FROM_FILES = frozenset({"public_key", "signature"})


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """The operation's command; keys and signatures come from files."""
    adds = operation.field("public_key") is not None

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        arguments = arguments_of(operation, given)
        if adds:
            arguments["public_key"] = Path(given["public"]).read_text("utf-8").strip()
        answer = session.daemon.call(operation.name, arguments)
        if answer.get("text_to_sign"):
            arguments["signature"] = _signature(session, answer["text_to_sign"], given)
            answer = session.daemon.call(operation.name, arguments)
        session.show(operation, answer)
        return ExitCode.OK

    parameters = [*parameters_of(operation, FROM_FILES), *([_public()] if adds else []), _signing_key(adds=adds), YES()]
    return make_command(operation.path[-1], operation.text, parameters, body)


def _signature(session: Session, text: str, given: dict[str, Any]) -> str:
    key = key_of(given["sign_with"])
    session.screen.lines([Line("An approver must sign this change."), *text_lines({"text": text})])
    confirm(session, f"Sign this with {key}?", yes=given["yes"])
    return sign(text, key)


def _public() -> click.Option:
    file = click.Path(exists=True, dir_okay=False)
    text = "Their public SSH key: an .pub file, ed25519 with a passphrase or a security key."
    return click.Option(["--key", "public"], type=file, required=True, help=text)


def _signing_key(*, adds: bool) -> click.Option:
    option = key_option()
    names = ["--sign-with", "-i", "sign_with"] if adds else ["--sign-with", "--key", "-i", "sign_with"]
    return click.Option(names, type=option.type, help=option.help)
