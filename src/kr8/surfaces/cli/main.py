"""Entry of the command line: parse, run, and say what went wrong in a form that fits who reads it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kr8.surfaces.cli.catalogue import PACKAGED, load
from kr8.surfaces.cli.command import ReaderGone, json_option
from kr8.surfaces.cli.completion import names_for
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.groups import Group, entries_of
from kr8.surfaces.cli.line import Line
from kr8.surfaces.cli.problem import Failed, Problem
from kr8.surfaces.cli.render.problem import problem_lines
from kr8.surfaces.cli.screen import Screen, standard_screen
from kr8.surfaces.cli.session import Session
from kr8.version import VERSION

if TYPE_CHECKING:
    from kr8.surfaces.cli.rescue import Rescue

HELP = """The DevOps control plane that an AI agent may safely hold and a person can supervise.

Commands work on the project whose kr8.toml is in this folder or above it.
"""
HELPED = {"help_option_names": ["-h", "--help"]}
"""Of every command: those below take it over from the root."""


def main(rescue: Callable[[], Rescue]) -> int:
    """The entry point `kr8`. `rescue` makes what restores a backup: only the composition root knows it."""
    return run(sys.argv[1:], rescue)


def run(arguments: Sequence[str], rescue: Callable[[], Rescue] | None = None, catalogue: Path = PACKAGED) -> int:
    """Do one command line; the exit code is one of ExitCode."""
    screen = standard_screen(sys.stdout, sys.stderr, sys.stdin, as_json=wants_json(arguments))
    try:
        session = Session(load(catalogue), screen, os.environ, words=tuple(arguments), rescue=rescue)
        return _run(session, list(arguments))
    except ReaderGone:
        # What is still in the buffer has no reader either: let the interpreter flush it into nothing at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.READER_GONE


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether `--json` is among the options."""
    options = list(arguments)
    return "--json" in (options[: options.index("--")] if "--" in options else options)


def _run(session: Session, arguments: list[str]) -> int:
    own = [_directory(), _version(), json_option()]
    root = Group(None, entries_of(session.catalogue), help=HELP, params=own, context_settings=HELPED)
    try:
        code = root.main(arguments, prog_name="kr8", standalone_mode=False, obj=session)
        return int(code or 0)
    except Failed as error:
        return _report(session.screen, error)
    except click.exceptions.NoArgsIsHelpError as error:
        return _no_arguments(session.screen, error)
    except click.UsageError as error:
        return _report(session.screen, _usage(error, session.directory))
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.DETACHED


def _directory() -> click.Option:
    def change(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
        if value is not None and isinstance(context.obj, Session):
            context.obj.directory = Path(value).resolve()

    kind = click.Path(exists=True, file_okay=False)
    return click.Option(
        ["-C", "--directory"], type=kind, expose_value=False, callback=change, help="Act as if started in this folder."
    )


def _version() -> click.Option:
    def show(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
        if value and isinstance(context.obj, Session):
            context.obj.result({"version": VERSION}, [Line(f"kr8 {VERSION}")])
            context.exit()

    return click.Option(["--version"], is_flag=True, expose_value=False, callback=show, help="Show kr8's version.")


def _usage(error: click.UsageError, directory: Path) -> Failed:
    path = error.ctx.command_path if error.ctx else "kr8"
    parameter = error.param if isinstance(error, click.BadParameter) else None
    field = parameter.name if parameter is not None else None
    mend = f"{path} --help"
    if isinstance(error, click.MissingParameter) and (names := names_for(field, directory)):
        mend = f"One of: {', '.join(names)}. {mend}"
    return Failed(Problem("usage", error.format_message(), mend=mend, field=field), ExitCode.USAGE)


def _no_arguments(screen: Screen, error: click.exceptions.NoArgsIsHelpError) -> int:
    if screen.as_json:
        path = error.ctx.command_path if error.ctx else "kr8"
        return _report(screen, Failed(Problem("usage", "A command is missing.", mend=f"{path} --help"), ExitCode.USAGE))
    error.show()
    return ExitCode.USAGE


def _report(screen: Screen, error: Failed) -> int:
    if screen.as_json:
        screen.value({**error.value, "problem": error.problem.as_json()})
    else:
        screen.complain(problem_lines(error.problem))
    return error.exit
