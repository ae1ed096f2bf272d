"""Watches a deployment until it goes no further, and says what its end means for the exit code."""

from collections.abc import Callable
from typing import Any

from kr8.surfaces.cli.deployment import SUCCEEDED, Deployment, parse_deployment
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.problem import Failed, Problem
from kr8.surfaces.cli.render.progress import news, sentence
from kr8.surfaces.cli.session import Session

WAIT_S = 10.0
"""How long the daemon may hold one answer back: it ends at the first change."""

NEXT = {
    "failed": "What happened: kr8 logs {0}; the plan and its evidence: kr8 deployment show {0}",
    "rolled_back": "What happened: kr8 logs {0}. Mend the cause, commit and deploy again.",
    "cancelled": "What serves: kr8 status. To have it after all, deploy again.",
    "stale": "Look at what serves now, kr8 status, and deploy again.",
    "superseded": "A newer one took its place: kr8 deployment list",
    "stuck": "A person decides: kr8 deployment resolve {0} retry, return or accept.",
}
"""What to do next, by the state in which a deployment ended that has no problem of its own; {0}: its id."""


def look(session: Session, deployment: str, wait_s: float = 0, seen: str | None = None) -> Deployment:
    """The deployment now, or as soon as it is not any more what was `seen`: a revision."""
    arguments: dict[str, Any] = {"deployment": deployment, "wait_s": wait_s, "detail": True}
    arguments |= {"seen": seen} if seen is not None else {}
    return parse_deployment(session.daemon.call("get_deployment", arguments, read=True))


def follow(
    session: Session, start: Deployment, until: Callable[[Deployment], bool], seen: Deployment | None = None
) -> Deployment:
    """Print what is new, since it was `seen`, until a condition holds.

    Ctrl-C raises Failed (detached): the deployment goes on.
    """
    session.screen.lines(news(seen, start))
    found = start
    try:
        with session.screen.watching(f"{start.id}: {sentence(start)}"):
            while not until(found):
                now = look(session, found.replaced_by or found.id, WAIT_S, found.value.get("revision"))
                session.screen.lines(news(found, now))
                session.screen.say(f"{now.id}: {sentence(now)}" + (f", {now.waits_for}" if now.waits_for else ""))
                found = now
    except KeyboardInterrupt:
        raise _detached(found) from None
    return found


def conclude(session: Session, end: Deployment) -> ExitCode:
    """Print the last word on a deployment that was followed; its exit code. Raises Failed where it did not succeed."""
    if end.state == SUCCEEDED:
        session.result(end.value, [])
        return ExitCode.OK
    if end.state == "awaiting_approval":
        raise Failed(_approval_needed(end), ExitCode.WAITING_FOR_APPROVAL, {"deployment": end.value})
    shown = session.screen.as_json or end.problem is None
    problem = end.problem or Problem(
        f"deployment_{end.state}",
        f"The deployment {end.id} is {sentence(end)}.",
        mend=NEXT.get(end.state, "What became of it: kr8 deployment show {0}").format(end.id),
    )
    if not shown:
        session.screen.lines([Line(f"next: kr8 logs {end.id} shows what happened.", Tone.DIM)])
        return ExitCode.NOT_SUCCEEDED
    raise Failed(problem, ExitCode.NOT_SUCCEEDED, {"deployment": end.value})


def _approval_needed(waiting: Deployment) -> Problem:
    return Problem(
        "approval_required",
        f"The deployment {waiting.id} waits for an approval.",
        why=f"{waiting.environment} asks for one. `--yes` grants none.",
        mend=f"A person who may approve runs: kr8 approve {waiting.id}",
    )


def _detached(found: Deployment) -> Failed:
    problem = Problem(
        "detached",
        f"Stopped watching. The deployment {found.id} goes on by itself.",
        mend=f"Watch it again: kr8 follow {found.id}\nCancel it: kr8 deployment cancel {found.id}",
        outcome="unknown",
    )
    return Failed(problem, ExitCode.DETACHED, {"deployment": found.value})
