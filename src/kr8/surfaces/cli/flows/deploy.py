"""`kr8 deploy`: plan, show the plan, ask, run, follow."""

from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.completion import declared
from kr8.surfaces.cli.confirm import YES, not_confirmed
from kr8.surfaces.cli.deployment import Deployment, parse_deployment
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows.follow import conclude, follow, look
from kr8.surfaces.cli.flows.plan import WAITED, plan
from kr8.surfaces.cli.parameters import arguments_of, parameters_of
from kr8.surfaces.cli.problem import Failed, Problem
from kr8.surfaces.cli.render.progress import news
from kr8.surfaces.cli.session import Session

HELP = """Plan a deployment, show what it would change, ask, run it and follow it.

Builds the commit and plans first; nothing that runs is changed before you say yes to the plan that is shown.
With --deployment, runs a plan that was made before. Ctrl-C stops watching, never the deployment. Where a person
must approve, it says so and ends with exit code 4.
"""


def command(operation: Operation, catalogue: Catalogue) -> click.Command:
    """`kr8 deploy`, with the fields of deploy_project."""
    create = catalogue.get("create_deployment")

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        if given["deployment"] and given["environment"]:
            raise click.UsageError("Name an environment or a plan (--deployment ID), not both.")
        if given["deployment"]:
            planned = look(session, given["deployment"])
            session.screen.lines(news(None, planned))
        elif given["environment"]:
            planned = plan(session, arguments_of(create, given))
        else:
            raise click.UsageError(f"Name an environment{_known(session)}, or a plan: --deployment ID.")
        return run_planned(session, planned, digest=given["digest"], yes=given["yes"], wait=not given["no_wait"])

    parameters = [*parameters_of(operation, WAITED), YES(approved=True), no_wait()]
    return make_command(operation.path[-1], HELP, parameters, body)


def no_wait() -> click.Option:
    """`--no-wait`."""
    return click.Option(["--no-wait"], is_flag=True, help="Return as soon as it runs instead of following it.")


def see_through(session: Session, running: Deployment, *, wait: bool, seen: Deployment | None = None) -> ExitCode:
    """Follow a deployment, from where it was `seen`, to its end; or, where nobody waits, say that it runs."""
    if wait:
        return conclude(session, follow(session, running, until=lambda now: now.settled, seen=seen))
    if running.settled:
        return conclude(session, running)
    session.show(session.catalogue.get("get_deployment"), running.value)
    return ExitCode.OK


def run_planned(session: Session, planned: Deployment, *, digest: str | None, yes: bool, wait: bool) -> ExitCode:
    """Ask about a plan that was shown, run it and follow it. What waits for an approval or has failed is told."""
    if planned.state != "planned":
        return see_through(session, planned, wait=wait, seen=planned)
    if not yes:
        _ask(session, planned)
    # The digest that the person has seen, or has given: a plan that is another by now is refused.
    running = session.daemon.call("deploy_project", {"deployment": planned.id, "digest": digest or planned.digest})
    if not wait:
        return see_through(session, parse_deployment(running), wait=False, seen=planned)

    def over(now: Deployment) -> bool:
        return now.settled or _is_another_plan(now, planned)

    end = follow(session, parse_deployment(running), until=over, seen=planned)
    if not _is_another_plan(end, planned):
        return conclude(session, end)
    if digest is not None:
        raise _moved(planned, end)
    return run_planned(session, end, digest=None, yes=yes, wait=wait)


def _is_another_plan(now: Deployment, planned: Deployment) -> bool:
    """Whether the environment has moved: it was planned again, and nobody has seen that plan."""
    return now.state == "planned" and now.id != planned.id


def _moved(planned: Deployment, again: Deployment) -> Failed:
    problem = Problem(
        "generation_moved",
        f"{planned.environment} has moved since {planned.id} was planned, and nothing was deployed.",
        why=f"This plan alone was to run. It was planned again as {again.id}, with another digest.",
        mend=f"Look at it, then: kr8 deploy --deployment {again.id}",
    )
    return Failed(problem, ExitCode.NOT_SUCCEEDED, {"deployment": again.value})


def _ask(session: Session, planned: Deployment) -> None:
    if not session.screen.asks:
        run = f"kr8 deploy --deployment {planned.id} --digest {planned.digest} --yes"
        why = f"The plan {planned.id} is made, and this is no terminal: there is nobody to ask."
        raise not_confirmed(why, f"Run exactly this plan: {run}", {"deployment": planned.value})
    if not session.screen.confirm(f"Deploy this to {planned.environment}?"):
        session.daemon.call("cancel_deployment", {"deployment": planned.id})
        raise not_confirmed("You did not say yes; the plan is cancelled.", "")


def _known(session: Session) -> str:
    names = declared(session.directory, "environments")
    return f" ({', '.join(names)})" if names else ""
