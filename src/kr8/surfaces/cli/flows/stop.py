"""`kr8 stop`: end the daemon; or all that this home runs."""

from collections.abc import Iterator
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.confirm import YES, confirm
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.problem import Failed
from kr8.surfaces.cli.running import daemon_of, held_by, holder
from kr8.surfaces.cli.session import Session
from kr8.surfaces.cli.supervisor import Supervisor

HELP = """End the daemon. Services, proxy and traffic go on.

A deployment that runs goes on when a daemon next starts: with the next command, or the next call of an MCP client that
is connected. With --services, ends everything that this home runs, after it has asked; what was promoted stays written
down, and `kr8 serve` brings it back.
"""
DAEMON_ENDS_S = 30.0
SERVICES_END_S = 300.0
"""Longer than any stop_limit that is meant to be waited for."""


def command(_path: tuple[str, ...], _catalogue: Catalogue) -> click.Command:
    """`kr8 stop [--services]`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        supervisor = _answering(session)
        services = supervisor.services() if supervisor is not None else []
        lost = supervisor is not None and not supervisor.health().get("state_known", True)
        if given["services"] and (services or lost):
            confirm(session, _question(session, services), yes=given["yes"])
        value: dict[str, Any] = {"home": session.home.root, "daemon": _end_daemon(session, supervisor)}
        found = holder(session.home)
        if found is not None and found.restores:
            value["restore"] = found.pid
        if given["services"] and supervisor is not None:
            value |= {"supervisor": _end_services(session, supervisor), "services": services, "state_known": not lost}
        session.result(value, _lines(value, services))
        return ExitCode.OK

    everything = click.Option(
        ["--services"], is_flag=True, help="Also end every service, the proxy and the supervisor."
    )
    return make_command("stop", HELP, [everything, YES()], body)


def _answering(session: Session) -> Supervisor | None:
    try:
        session.supervisor.health()
    except Failed as gone:
        if gone.exit is not ExitCode.UNREACHABLE:
            raise
        return None
    return session.supervisor


def _question(session: Session, services: list[str]) -> str:
    named = ", ".join(services) or "what runs"
    return f"Nobody answers the users of {named} until `kr8 serve` runs again. Stop all that {session.home.root} runs?"


def _end_daemon(session: Session, supervisor: Supervisor | None) -> int | None:
    """End the daemon; its process number, None where none ran."""
    if supervisor is not None:
        supervisor.drop_daemon()  # first: it would start it again
    with daemon_of(session.home) as running:
        if running is None:
            return None
        running.end()
        with session.screen.watching(f"the daemon (process {running.pid}) ends"):
            running.wait("daemon", DAEMON_ENDS_S)
        return running.pid


def _end_services(session: Session, supervisor: Supervisor) -> int:
    """End the supervisor with all that it runs; its process number."""
    pid: int = supervisor.health()["pid"]
    with held_by(pid) as running:
        supervisor.shut_down()
        if running is not None:
            with session.screen.watching("services end"):
                running.wait("supervisor", SERVICES_END_S)
    return pid


def _lines(value: dict[str, Any], services: list[str]) -> Iterator[Line]:
    daemon = f"The daemon (process {value['daemon']}) has ended." if value["daemon"] else "No daemon runs."
    yield Line(daemon, Tone.GOOD)
    if "restore" in value:
        yield Line(f"kr8 restore (process {value['restore']}) is at work, and goes on.", Tone.WARNING)
    if "supervisor" in value:
        yield Line(f"The supervisor (process {value['supervisor']}), the proxy and all services have ended.", Tone.GOOD)
        yield from (Line(f"  {service}") for service in services)
        brings = "kr8 serve brings it back" if value["state_known"] else "kr8 restart ENVIRONMENT starts it"
        yield Line(f"What was promoted stays written down: {brings}.", Tone.DIM)
    elif services:
        yield Line(f"Services go on: {', '.join(services)}. kr8 stop --services ends them too.", Tone.DIM)
