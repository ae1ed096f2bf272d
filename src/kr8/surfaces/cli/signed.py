"""Calls that an approver may have to sign: what the daemon asks for is shown, signed with their key, and sent."""

from dataclasses import replace
from shlex import join
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Operation
from kr8.surfaces.cli.confirm import YES, confirm
from kr8.surfaces.cli.line import Line
from kr8.surfaces.cli.problem import Failed
from kr8.surfaces.cli.render.signing import text_lines
from kr8.surfaces.cli.session import Session
from kr8.surfaces.cli.sign import key_of, sign


def signing_options(*names: str) -> list[click.Parameter]:
    """`--sign-with`, `--yes`, and other names of the first."""
    file = click.Path(exists=True, dir_okay=False)
    text = "Your SSH key, where an approver must sign this. Default: as for kr8 approve."
    return [click.Option(["--sign-with", *names, "-i", "sign_with"], type=file, help=text), YES()]


def call_signed(
    session: Session, operation: Operation, arguments: dict[str, Any], given: dict[str, Any]
) -> dict[str, Any]:
    """The result of an operation; where the daemon asks for that, signed with the key of `given`. Raises Failed."""
    try:
        return session.daemon.call(operation.name, arguments)
    except Failed as refused:
        if refused.to_sign is None:
            raise
        proof = refused.to_sign["request"], _signature(session, refused, refused.to_sign, given)
    return session.daemon.call(operation.name, arguments, proof=proof)


def _signature(session: Session, refused: Failed, to_sign: dict[str, str], given: dict[str, Any]) -> str:
    """What the key makes of the text. Raises Failed where nobody is there to say yes, or does not."""
    problem = refused.problem
    if not given["yes"] and not session.screen.asks:
        raise replace(refused, problem=replace(problem, mend=_again(session, given)))
    key = key_of(given["sign_with"])
    session.screen.lines([Line(f"{problem.what} {problem.why}"), *text_lines(to_sign)])
    confirm(session, f"Sign this with {key}?", yes=given["yes"])
    return sign(to_sign["text"], key, to_sign["namespace"])


def _again(session: Session, given: dict[str, Any]) -> str:
    """The command line that was given, with what it lacks to be signed where nobody can be asked."""
    words = [each for each in session.words if each != "--json"]
    key = [] if given["sign_with"] else ["--sign-with", "KEY"]
    return f"A person who may sign runs: {join(['kr8', *words, *key])} --yes. On a terminal kr8 shows it and asks."
