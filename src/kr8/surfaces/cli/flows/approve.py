"""`kr8 approve`: show what would be approved, sign exactly that, send the signature."""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.confirm import YES, confirm
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.render.signing import text_lines
from kr8.surfaces.cli.session import Session
from kr8.surfaces.cli.sign import key_of, sign

HELP = """Approve a deployment that waits for it, or deny it, with your SSH key.

Shows the plan's blast radius and the text that your key will sign; the signature binds this plan, this environment,
this account, this policy and who asked, and it counts once. Your key must be enrolled: kr8 approver list.
"""


def command(_path: tuple[str, ...], catalogue: Catalogue) -> click.Command:
    """`kr8 approve DEPLOYMENT [--key FILE] [--deny]`."""
    operation = catalogue.get("approve_deployment")

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        decision = "deny" if given["deny"] else "approve"
        asked = {"deployment": given["deployment"], "decision": decision}
        found = session.daemon.call("get_approval_text", asked, read=True)
        key = key_of(given["key"])
        session.screen.lines(text_lines(found))
        confirm(session, f"Sign this with {key}, to {decision} it?", yes=given["yes"])
        sent = {**asked, "signature": sign(found["text"], key, found["namespace"])}
        session.show(operation, session.daemon.call(operation.name, sent))
        return ExitCode.OK

    parameters = [
        click.Argument(["deployment"], help="Deployment id."),
        key_option(),
        click.Option(["--deny"], is_flag=True, help="Sign a no instead: the deployment is cancelled."),
        YES(),
    ]
    return make_command("approve", HELP, parameters, body)


def key_option() -> click.Option:
    """`--key`."""
    file = click.Path(exists=True, dir_okay=False)
    text = "Your private SSH key, or the public one of a key that your ssh-agent holds."
    return click.Option(["--key", "-i", "key"], type=file, help=text)
