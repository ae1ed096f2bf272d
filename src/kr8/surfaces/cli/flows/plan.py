"""`kr8 plan`: make a plan and show it; `kr8 deploy` begins with the same."""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.deployment import Deployment, parse_deployment
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows.follow import conclude, follow
from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.session import Session

WAITED = frozenset({"wait_s"})
"""What a flow decides by itself."""


def command(operation: Operation, catalogue: Catalogue) -> click.Command:
    """`kr8 plan ENVIRONMENT`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        planned = plan(session, arguments_of(operation, given))
        if planned.state not in ("planned", "awaiting_approval"):
            return conclude(session, planned)
        run = " ".join(catalogue.get("deploy_project").path)
        how = f"kr8 {run} --deployment {planned.id} --digest {planned.digest}"
        approve = f"a person who may approve runs: kr8 approve {planned.id}"
        session.result(planned.value, [Line(f"next: {how if planned.state == 'planned' else approve}", Tone.STRONG)])
        return ExitCode.OK

    return make_command(operation.path[-1], operation.text, parameters_of(operation, WAITED), body)


def plan(session: Session, arguments: dict[str, Any]) -> Deployment:
    """Make a plan, following it; print it."""
    start = parse_deployment(session.daemon.call("create_deployment", arguments))
    return follow(session, start, until=lambda now: now.state != "planning")
