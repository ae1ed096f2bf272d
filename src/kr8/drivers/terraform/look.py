"""What `kr8 doctor` says of Terraform: kr8 installs neither it nor its providers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.terraform import commands, mirror, parse
from kr8.drivers.terraform.program import is_script, program_of
from kr8.ports.health import Check

UNCHECKED = "kr8 validate does not ask Terraform about its code."


def terraform_look(
    processes: Processes, environ: Mapping[str, str], given: str | None
) -> Callable[[], Awaitable[tuple[Check, ...]]]:
    """The program, and the providers on this machine; `given`: the folder of providers that is set."""

    async def terraform_checks() -> tuple[Check, ...]:
        return await _program(processes, environ), await asyncio.to_thread(_providers, environ, given)

    return terraform_checks


async def _program(processes: Processes, environ: Mapping[str, str]) -> Check:
    program = program_of(environ)
    if program is None:
        mend = "Install one where kr8's PATH finds it."
        return _warning("terraform", f"Neither tofu nor terraform is on PATH: {UNCHECKED}", mend)
    if is_script(program):
        mend = "Put the program itself before it on kr8's PATH."
        return _warning("terraform", f"{program} is a script that starts another program: {UNCHECKED}", mend)
    ended = await processes.run(Command(argv=commands.version(program), cwd=Path("/"), limit_seconds=30))
    try:
        return Check(name="terraform", result="ok", what=f"{parse.version(ended.stdout)} in {program}")
    except (ValueError, KeyError):
        return _warning("terraform", f"{program} does not say its version: {ended.how()}.", "Install it anew.")


def _providers(environ: Mapping[str, str], given: str | None) -> Check:
    found = mirror.find(environ, given)
    if not found:
        where = f"in {given}" if given else "on this machine"
        mend = "terraform providers mirror FOLDER fetches those of a root; KR8_PROVIDERS names the folder."
        return _warning("providers", f"There is no provider of Terraform {where}, and kr8 downloads none.", mend)
    listed = (f"{name} {', '.join(sorted(versions))}" for name, versions in sorted(found.items()))
    return Check(name="providers", result="ok", what="; ".join(listed))


def _warning(name: str, what: str, mend: str) -> Check:
    return Check(name=name, result="warning", what=what, mend=mend)
