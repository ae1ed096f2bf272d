"""`kr8 status`: every environment of the project, from the daemon or, without it, from the supervisor."""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows.rollback import project_id
from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.problem import Failed
from kr8.surfaces.cli.render.here import environment_lines, observed_lines
from kr8.surfaces.cli.session import Session


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """`kr8 status`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        arguments = arguments_of(operation, given)
        try:
            value = session.daemon.call(operation.name, arguments, read=True)
        except Failed as error:
            if error.exit is not ExitCode.UNREACHABLE:
                raise
            return status_here(session, arguments.get("project"), error)
        session.show(operation, value)
        return ExitCode.OK

    return make_command(operation.path[-1], operation.text, parameters_of(operation), body)


def status_here(session: Session, project: str | None, gone: Failed) -> ExitCode:
    """What the supervisor says of a project; exit code 6 all the same, for the daemon is gone."""
    environments = session.supervisor.environments(project_id(session, project, gone))
    services = [session.supervisor.observed(service) for each in environments for service in each["services"]]
    value = {"by": "supervisor", "environments": environments, "services": services, "problem": gone.problem.as_json()}
    told = Line(f"kr8's daemon is gone: {gone.problem.why} The supervisor of this machine says:", Tone.WARNING)
    session.result(value, [told, *environment_lines(environments), *observed_lines(services)])
    return ExitCode.UNREACHABLE
