"""Whether the programs that a template needs are on this machine."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.problem import Refused
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.templates.allowed import asked

ASKED = {"go": ("version",), "java": ("-version",), "helm": ("version",), "kubectl": ("version", "--client")}
"""How a program is asked for its version, where it is not by --version."""
VERSION = re.compile(r"\d+(?:\.\d+)*")
SECONDS = 10.0


async def unmet(needs: Collection[str], path: str, processes: Processes) -> tuple[str, ...]:
    """A sentence for each need that PATH does not meet; a program that does not tell its version meets none."""
    if not needs:
        return ()
    with TemporaryDirectory(prefix="kr8-needs-") as scratch:
        said = await asyncio.gather(*(_unmet(need, path, scratch, processes) for need in needs))
    return tuple(each for each in said if each)


async def _unmet(need: str, path: str, scratch: str, processes: Processes) -> str:
    program, _, least = need.partition(" >= ")
    argv = (program, *ASKED.get(program, ("--version",)))
    env = {"TMPDIR": scratch, **({"PATH": path} if path else {})}
    # Whoever writes a template names any program of PATH, and some do their work whatever they are asked.
    rights = asked(os.path.realpath(scratch))
    command = Command(argv=argv, cwd=Path("/"), env=env, limit_seconds=SECONDS, allowed=rights, offline=True)
    try:
        if not least:
            processes.found(command)
            return ""
        ended = await processes.run(command)
    except Refused:
        return f"It needs {need}, which is not on PATH."
    found = VERSION.search((ended.stdout + ended.stderr).decode(errors="replace"))
    if found is not None and is_enough(found[0], least):
        return ""
    return f"It needs {need}; on PATH is {found[0] if found is not None else 'one that does not tell its version'}."


def is_enough(found: str, least: str) -> bool:
    """Whether a version is the least one or a later one (pure)."""
    parts, wanted = ([int(part) for part in version.split(".")] for version in (found, least))
    return parts + [0] * (len(wanted) - len(parts)) >= wanted
