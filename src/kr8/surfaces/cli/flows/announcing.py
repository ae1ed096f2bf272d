"""What rollback, scale and restart are about to do: shown in two lines, and asked about, where that is called for.

On a terminal alone, and only for an environment that asks for approvals: a rollback is the way back in an emergency,
and a program that calls must not be kept waiting. Where the daemon is gone nobody is asked either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kr8.surfaces.cli.catalogue import Operation
from kr8.surfaces.cli.confirm import confirm
from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.problem import Failed, Problem, failed
from kr8.surfaces.cli.session import Session

Words = Callable[[Session, Mapping[str, Any], Mapping[str, Any]], tuple[str, str]]
"""What is done, and how it is undone: of the session, the arguments and the environment's status."""
REFUSED = "not undone"
"""How the history marks what a rollback is refused for: a command that cannot be undone ran since."""
BACK = frozenset({"at once", "builds pruned", REFUSED})
"""How the history marks what may be named to a rollback; the newest of them is what it takes by itself."""


def announce(session: Session, operation: Operation, arguments: Mapping[str, Any], *, yes: bool) -> None:
    """Show what is about to be done to a protected environment, and ask. Raises Failed on a no, and as reading does."""
    words = WORDS.get(operation.name)
    if words is None or yes or not session.screen.asks:
        return
    environment = _environment(session, arguments)
    if environment is None or not environment.get("approvals"):
        return
    done, undone = words(session, arguments, environment)
    session.screen.lines([Line(done, Tone.STRONG), Line(undone, Tone.DIM)])
    confirm(session, "Do it?", yes=False)


def _environment(session: Session, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    status = session.daemon.call("get_status", _project(arguments), read=True)
    named = arguments.get("environment")
    return next((each for each in status["environments"] if each["environment"] == named), None)


def _project(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"project": arguments["project"]} if arguments.get("project") else {}


def _rollback(session: Session, arguments: Mapping[str, Any], environment: Mapping[str, Any]) -> tuple[str, str]:
    name, now = environment["environment"], environment["generation"]
    found = _named(session, arguments)
    if found is not None and found["back"] == REFUSED:
        raise _refused(name, found["generation"])
    to = found["generation"] if found is not None else arguments.get("to_generation")
    back = f"generation {to}" if to else "what it served before"
    serves = f"{name} serves generation {now} ({_versions(environment)}); this brings back {back}, with no approval."
    return serves, f"What it leaves is withdrawn: it comes back only when it is deployed again: kr8 deploy {name}"


def _named(session: Session, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The promotion that a rollback is about, as the history has it."""
    wanted = arguments.get("to_generation")
    asked = {"environment": arguments["environment"], **_project(arguments)}
    history = session.daemon.call("get_history", asked, read=True)
    ways = [each for each in history["promotions"] if each["back"] in BACK]
    return next((each for each in ways if wanted in (None, each["generation"])), None)


def _refused(environment: str, generation: int) -> Failed:
    """What the daemon would say too, once a rollback was asked for and had failed."""
    return failed(
        Problem(
            "rollback_irreversible",
            f"{environment} cannot go back to generation {generation}, and nothing was changed.",
            "A command that cannot be undone ran since. The older release may not work with what it has changed.",
            "Deploy a commit that mends the fault forward; or, where the old release does work with it, declare that "
            "`before` reversible and deploy.",
        )
    )


def _scale(_: Session, arguments: Mapping[str, Any], environment: Mapping[str, Any]) -> tuple[str, str]:
    name, service, wanted = environment["environment"], arguments["service"], arguments["instances"]
    now = next((each["wanted"] for each in environment["services"] if each["service"] == service), 0)
    done = f"{name}: {service} runs {now} instances now, and {wanted} from then on, through later deployments."
    return done, f"It waits for approval. Undone by: kr8 scale {name} {service} {now}"


def _restart(_: Session, arguments: Mapping[str, Any], environment: Mapping[str, Any]) -> tuple[str, str]:
    named = arguments.get("services") or [each["service"] for each in environment["services"]]
    name = environment["environment"]
    done = f"{name}: every instance of {', '.join(named)} is replaced by a new one of the same release."
    return done, "It waits for approval. There is nothing to undo: the same releases serve."


def _versions(environment: Mapping[str, Any]) -> str:
    return ", ".join(f"{each['service']} {each['version']}" for each in environment["services"]) or "nothing"


WORDS: Mapping[str, Words] = {
    "rollback_deployment": _rollback,
    "scale_deployment": _scale,
    "restart": _restart,
}
