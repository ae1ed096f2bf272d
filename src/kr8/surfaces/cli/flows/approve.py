"""`kr8 approve`: show what would be approved, sign exactly that, send the signature."""

from pathlib import Path
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.confirm import YES, confirm
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.line import Line, Tone, split
from kr8.surfaces.cli.render.plan import lines as plan_lines
from kr8.surfaces.cli.session import Session
from kr8.surfaces.cli.sign import default_key, sign

HELP = """Approve a deployment that waits for it, or deny it, with your SSH key.

Shows the plan's blast radius and the text that your key will sign; the signature binds this plan, this environment,
this account, this policy and who asked, and it counts once. Your key must be enrolled: kr8 approver list.
"""


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """`kr8 approve DEPLOYMENT [--key FILE] [--deny]`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        decision = "deny" if given["deny"] else "approve"
        key = Path(given["key"]) if given["key"] else default_key(Path.home() / ".ssh")
        asked = {"deployment": given["deployment"], "decision": decision}
        text = session.daemon.call("get_approval_text", asked, read=True)
        session.screen.lines(_shown(text))
        confirm(session, f"Sign this with {key} to {decision} it?", yes=given["yes"])
        sent = {**asked, "expires_at": text["expires_at"], "signature": sign(text["text"], key)}
        session.show(operation, session.daemon.call(operation.name, sent))
        return ExitCode.OK

    return make_command(operation.path[-1], HELP, _parameters(), body)


def _parameters() -> list[click.Parameter]:
    file = click.Path(exists=True, dir_okay=False)
    return [
        click.Argument(["deployment"], help="The deployment's id."),
        click.Option(
            ["--key", "-i"], type=file, help="Your private SSH key, or a public one whose key your agent has."
        ),
        click.Option(["--deny"], is_flag=True, help="Sign a no instead: the deployment is cancelled."),
        YES(),
    ]


def _shown(text: dict[str, Any]) -> list[Line]:
    lines = list(plan_lines(text))
    return [*lines, Line("your key signs this text:", Tone.DIM), *split(text["text"].rstrip("\n"), indent="  | ")]
