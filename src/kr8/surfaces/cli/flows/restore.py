"""`kr8 restore`: put a backup in the place of the store, while no daemon runs."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

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
there is kept beside it. Services go on; what was promoted since the backup is unknown to the store afterwards, and a
plan that was approved before the backup and ran after it counts as not run.
"""


def command(_path: tuple[str, ...], _catalogue: Catalogue) -> click.Command:
    """`kr8 restore FILE [--head HASH] [--keys FILE]`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        file, keys = _path_of(session, given["file"]), _path_of(session, given["keys"]) if given["keys"] else None
        _hold(session)
        rescue = session.rescue() if session.rescue is not None else _without_rescue()
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
        hold(session.home)
    except AlreadyRunningError as running:
        mend = "kr8 stop, then restore. Services and traffic go on without the daemon."
        raise failed(Problem("daemon_runs", f"{running} Nothing was changed.", mend=mend)) from running


def _answer(work: Callable[[], Value]) -> dict[str, Any]:
    from kr8.domain.problem import Refused  # noqa: PLC0415 - the command line imports no models where it needs none

    try:
        return work().model_dump(mode="json")
    except Refused as refused:
        raise failed(parse_problem(refused.problem.model_dump(mode="json"))) from refused


def _without_rescue() -> Any:
    raise Failed(Problem("internal_error", "This command line cannot restore."), ExitCode.REFUSED)


def _lines(value: Mapping[str, Any]) -> Iterator[Line]:
    yield Line(f"restored: {value['database']}, up to row {value['rows']} of the audit", Tone.GOOD)
    if value["replaced"]:
        yield Line(f"what was there is kept in {value['replaced']}")
    if value["keys"]:
        yield Line(f"the key of all secrets is in {value['keys']}")
    yield Line("Compare kr8 status with what you expect, and deploy again where they differ.", Tone.STRONG)
