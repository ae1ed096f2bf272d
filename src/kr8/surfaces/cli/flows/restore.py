"""`kr8 restore`: put a backup in the place of the store, while no daemon runs."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from kr8.settings import SettingError
from kr8.surfaces.cli.catalogue import Catalogue
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.confirm import YES, confirm
from kr8.surfaces.cli.daemon import user_name
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.problem import Failed, Problem, failed, parse_problem
from kr8.surfaces.cli.rescue import Value
from kr8.surfaces.cli.session import Session
from kr8.surfaces.serve.lock import AlreadyRunningError, hold

HELP = """Put a backup in the place of the store. Refused while a daemon of this home runs: kr8 stop.

Checks the file first: that it is whole, that this kr8 can read it, and that the chain of its audit holds. What was
there is kept beside it. Services go on. Nothing that waited in the backup goes on: plans, approvals and what was queued
have ended. What ran in it goes by what is promoted now, and what was promoted since is learned, when a daemon starts.
"""

ALL_SETTINGS = "docs/reference/settings.md has all settings."


def command(_path: tuple[str, ...], _catalogue: Catalogue) -> click.Command:
    """`kr8 restore FILE [--head HASH] [--keys FILE]`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        file, keys = _path_of(session, given["file"]), _path_of(session, given["keys"]) if given["keys"] else None
        try:
            _hold(session)
            rescue = session.rescue() if session.rescue is not None else _without_rescue()
        except SettingError as error:
            what = f"{error} Nothing was changed."
            raise Failed(Problem("invalid_setting", what, mend=ALL_SETTINGS), ExitCode.USAGE) from error
        found = _answer(lambda: rescue.look(file, given["head"]))
        session.screen.lines([Line(f"{file} is whole; its audit ends with row {found['rows']}, {found['head']}.")])
        confirm(session, f"Put it in the place of the store of {session.home.root}?", yes=given["yes"])
        value = _answer(lambda: rescue.restore(file, keys, user_name()))
        session.result(value, _lines(value))
        return ExitCode.OK

    file = click.Path(exists=True, dir_okay=False)
    parameters = [
        click.Argument(["file"], type=file, help="What `kr8 backup` wrote."),
        click.Option(
            ["--head"], help="The newest hash that `kr8 backup` printed: a file that ends otherwise is refused."
        ),
        click.Option(["--keys"], type=file, help="The copy of the key of all secrets, where this home has none."),
        YES(),
    ]
    return make_command("restore", HELP, parameters, body)


def _path_of(session: Session, given: str) -> Path:
    return Path(session.directory, given).resolve()


def _hold(session: Session) -> None:
    """Take the home until this process ends: no daemon starts meanwhile. Raises Failed where one runs."""
    try:
        hold(session.home, restores=True)
    except AlreadyRunningError as running:
        what = f"{running} Nothing was changed."
        if running.restores:
            problem = Problem("restore_runs", what, mend="Wait until it has ended.", retryable=True)
        else:
            mend = "kr8 stop, then restore. Services and traffic go on without the daemon."
            problem = Problem("daemon_runs", what, mend=mend)
        raise failed(problem) from running


def _answer(work: Callable[[], Value]) -> dict[str, Any]:
    from kr8.domain.problem import Refused  # noqa: PLC0415 - the command line imports no models where it needs none

    try:
        return work().model_dump(mode="json")
    except Refused as refused:
        raise failed(parse_problem(refused.problem.model_dump(mode="json"))) from refused


def _without_rescue() -> Any:
    raise Failed(
        Problem(
            "internal_error",
            "This command line cannot restore.",
            mend="Run the `kr8` program of kr8's own installation.",
        ),
        ExitCode.REFUSED,
    )


def _lines(value: Mapping[str, Any]) -> Iterator[Line]:
    yield Line(f"restored: {value['database']}, up to row {value['rows']} of the audit", Tone.GOOD)
    if value["replaced"]:
        yield Line(f"what was there is kept in {value['replaced']}")
    if value["keys"]:
        yield Line(f"the key of all secrets is in {value['keys']}")
    yield from _deployments(value["deployments"])
    yield Line("Compare kr8 status with what you expect, and deploy again where they differ.", Tone.STRONG)


def _deployments(left: list[dict[str, Any]]) -> Iterator[Line]:
    """What became of those that had not ended: a line for each state that they were in."""
    ways: dict[tuple[str, str], list[str]] = {}
    for each in left:
        ways.setdefault((each["was"], each["state"]), []).append(each["deployment"])
    for (was, state), ids in ways.items():
        number, ended = f"{len(ids)} {'was' if len(ids) == 1 else 'were'} {_WORDS.get(was, was)}", state != was
        end = f"ended as {state}" if ended else "goes by what serves, when a daemon starts"
        yield Line(f"{number} in the backup: {end}: {', '.join(ids)}", Tone.PLAIN if ended else Tone.WARNING)
    if any(each["state"] != each["was"] for each in left):
        yield Line("Approvals given for what has ended count no more: plan again what is still wanted.")


_WORDS = {"awaiting_approval": "awaiting approval"}
