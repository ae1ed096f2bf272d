"""`kr8 rollback`, which also works with the daemon gone: the supervisor returns to what was promoted before."""

from typing import Any, cast

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.completion import find_project
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows.change import changing
from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.problem import Failed, Problem, failed
from kr8.surfaces.cli.render.here import observed_lines
from kr8.surfaces.cli.session import Session

ALONE = frozenset({"project", "environment", "reason"})
"""What a rollback by the supervisor can take into account."""


def command(operation: Operation, _catalogue: Catalogue) -> click.Command:
    """`kr8 rollback`."""
    return changing(operation, roll_back_here)


def roll_back_here(session: Session, arguments: dict[str, Any], gone: Failed) -> ExitCode:
    """Roll back without the daemon, and say what was done. Raises Failed where that cannot be done here."""
    more = sorted(set(arguments) - ALONE)
    if more:
        why = f"{gone.problem.why} Without the daemon only the release before can come back: no {', '.join(more)}."
        raise Failed(Problem(gone.problem.code, gone.problem.what, why, gone.problem.mend), gone.exit)
    key = f"{project_id(session, arguments.get('project'), gone)}.{arguments.get('environment')}"
    session.screen.lines([Line(f"{_why(gone)} the supervisor of this machine rolls back.", Tone.WARNING)])
    returned = session.supervisor.give_back(key)
    services = next(
        each["services"] for each in session.supervisor.environments(key.partition(".")[0]) if each["key"] == key
    )
    with session.screen.watching(f"{key}: back to generation {returned['generation']}"):
        seen = session.supervisor.settle(services)
    settled = all(each["settled"] for each in seen)
    value = {"by": "supervisor", "environment": key, "returned": returned, "settled": settled, "services": seen}
    session.result(value, [_done(key, returned, settled=settled), *observed_lines(seen), *_later(returned, gone)])
    return ExitCode.OK if settled else ExitCode.NOT_SUCCEEDED


def _why(gone: Failed) -> str:
    return "kr8's daemon is gone;" if gone.exit is ExitCode.UNREACHABLE else f"{gone.problem.what} Without its store,"


def project_id(session: Session, given: str | None, gone: Failed) -> str:
    """The id of the project: as given, or of the kr8.toml here or at the path given.

    A name counts only where it is that of the project here: another one's would be changed in its place. Raises Failed
    where none is named.
    """
    if given is not None and given.startswith("prj_"):
        return given
    is_path = given is not None and ("/" in given or given in (".", ".."))
    # Resolved: the folder that ".." leaves is not above it.
    where = (session.directory / given if given and is_path else session.directory).resolve()
    head = (find_project(where) or {}).get("project") if where.is_dir() else None
    found = cast("dict[str, object]", head) if isinstance(head, dict) else {}
    known, name = found.get("id"), found.get("name")
    if isinstance(known, str) and (given is None or is_path or given == name):
        return known
    why = f"There is none in {where} or above."
    raise _unknown(why if known is None else f"The project in {where} is {name!r}, and not {given!r}.", gone)


def _unknown(why: str, gone: Failed) -> Failed:
    return failed(
        Problem(
            "unknown_project",
            "kr8's daemon is gone, and without it kr8 knows a project only by its id or from its own folder.",
            why=f"{why} {gone.problem.why}",
            mend="Run this in the project's folder, or give its path or its id: --project prj_…",
            field="project",
            output=gone.problem.output,
        ),
        ExitCode.USAGE,
    )


def _done(key: str, returned: dict[str, Any], *, settled: bool) -> Line:
    to = f"generation {returned['generation']} ({returned['label']})"
    if settled:
        return Line(f"{key} serves {to} again.", Tone.GOOD)
    return Line(f"{key} was told to go back to {to}, and is not there yet.", Tone.BAD)


def _later(returned: dict[str, Any], gone: Failed) -> list[Line]:
    unsaved = "The supervisor could not save this to disk: free some before the machine restarts."
    lines = [] if returned["state_saved"] else [Line(unsaved, Tone.WARNING)]
    learns = "The daemon will learn of this rollback when it starts"
    again = "." if gone.exit is ExitCode.UNREACHABLE else " again: kr8 stop, once its store can be used."
    return [*lines, Line(f"{learns}{again}", Tone.DIM)]
