"""`kr8 promote`: a deployment of what another environment has promoted, planned, shown and asked about like any."""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.confirm import YES
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows.deploy import no_wait, run_planned
from kr8.surfaces.cli.flows.plan import WAITED, plan
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.session import Session


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """`kr8 promote FROM TO`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        planned = plan(session, arguments_of(operation, given))
        return run_planned(session, planned, digest=None, yes=given["yes"], wait=not given["no_wait"])

    parameters = [*parameters_of(operation, WAITED), YES(approved=True), no_wait()]
    return make_command(operation.path[-1], operation.text, parameters, body)
