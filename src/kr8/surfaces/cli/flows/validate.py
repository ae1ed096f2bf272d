"""`kr8 validate`: check infrastructure code, wait for the end, and show what was found in one of five formats."""

from importlib import import_module
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows import waive
from kr8.surfaces.cli.flows.fix import mended, underway
from kr8.surfaces.cli.flows.plan import WAITED
from kr8.surfaces.cli.line import Line
from kr8.surfaces.cli.parameters import OneOf, arguments_of, parameters_of
from kr8.surfaces.cli.render import render, statistics
from kr8.surfaces.cli.session import Session

WAIT_S = 1.0
"""How long the daemon may hold an answer back: progress is shown in between."""
PAGE = 1000
SHOWN = 100
"""How many findings a person sees where no limit is given."""
FORMATS = ("text", "json", "sarif", "junit", "markdown")
COUNTED = ("text", "json")
"""The formats in which findings are counted by rule."""
EXITS = {
    "passed": ExitCode.OK,
    "findings": ExitCode.FINDINGS,
    "incomplete": ExitCode.INCOMPLETE,
    "nothing": ExitCode.INCOMPLETE,
}


def command(operation: Operation, catalogue: Catalogue) -> click.Command:
    """`kr8 validate [PART]…`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        arguments = arguments_of(operation, given)
        form: str = "json" if session.screen.as_json else given["format"]
        if given["statistics"] and form not in COUNTED:
            raise click.UsageError(f"--statistics comes as {' or '.join(COUNTED)}, and not as {form}.")
        _before(session, catalogue, given, arguments)
        if given["statistics"]:
            whole_lists = {"detail": True} if form == "json" else {}
            value = complete(session, operation, {**arguments, **whole_lists, "limit": PAGE})
            _count(session, form, value)
        elif form == "text":
            value = whole(session, operation, {"limit": SHOWN, **arguments})
            session.show(operation, value)
        else:
            value = complete(session, operation, {"limit": PAGE, "detail": True, **arguments})
            _print(session, form, value)
        return EXITS[value["verdict"]]

    choice = click.Option(["--format"], type=OneOf(FORMATS), default="text", help="How to print what was found.")
    fixing = click.Option(["--fix"], is_flag=True, help="Mend first what is mended by a change of text.")
    by_rule = click.Option(["--statistics"], is_flag=True, help="Show how much each rule finds, and no single finding.")
    own = [*parameters_of(operation, WAITED), choice, fixing, *waive.options_of_validate(), by_rule]
    return make_command(operation.path[-1], operation.text, own, body)


def _before(session: Session, catalogue: Catalogue, given: dict[str, Any], arguments: dict[str, Any]) -> None:
    """Mend and waive, where that was asked for."""
    named: dict[str, Any] = {name: arguments[name] for name in ("project", "parts") if name in arguments}
    waives = waive.checked(given)
    if given["fix"]:
        fix = catalogue.get("fix_infrastructure")
        session.screen.complain(render(fix.response, mended(session, fix, {"detail": True, **named})))
    if waives:
        waiving = catalogue.get("waive_findings")
        value = waive.waived(session, waiving, {**waive.asked(given), **named})
        session.screen.complain(render(waiving.response, value))


def whole(session: Session, operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    """One page of a validation that has ended."""
    with session.screen.watching("validating"):
        while True:
            value = session.daemon.call(operation.name, {**arguments, "wait_s": WAIT_S}, read=True)
            if value["verdict"] != "running":
                return value
            session.screen.say(underway(value))


def complete(session: Session, operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    """A validation with the findings of all pages, as far as no limit of the caller's is smaller."""
    value = whole(session, operation, arguments)
    while value["next"] is not None and arguments["limit"] == PAGE:
        more = whole(session, operation, {**arguments, "cursor": value["next"]})
        value = {**more, "findings": [*value["findings"], *more["findings"]]}
    return value


def _count(session: Session, form: str, value: dict[str, Any]) -> None:
    if form == "json":
        session.screen.value(statistics.document(value))
    else:
        session.screen.lines(statistics.lines(value))


def _print(session: Session, form: str, value: dict[str, Any]) -> None:
    if form == "json":
        session.screen.value(value)
        return
    renderer = import_module(f"kr8.surfaces.cli.render.{form}")
    if form == "sarif":
        session.screen.value(renderer.document(value))
    else:
        session.screen.lines(Line(line) for line in renderer.text(value).split("\n"))
