"""All checks of `kr8 doctor`, side by side."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from kr8.domain.finding import Finding, Severity
from kr8.domain.model import Size
from kr8.domain.problem import Refused
from kr8.drivers.store.health import StoreHealth
from kr8.ports.health import Check
from kr8.ports.target import TargetError

Look = Callable[[], Awaitable[tuple[Check, ...]]]
TOOLS = {
    "git": "apt install git: nothing can be built without it",
    "ssh-keygen": "apt install openssh-client: no approval can be verified without it",
}
LITTLE: Size = 1 << 30


class Doctor:
    """Implements the port `Health`."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self._looks = looks

    async def checks(self) -> tuple[Check, ...]:
        """What every look has found; one that failed says so instead of hiding the others."""
        found = await asyncio.gather(*(_safely(look) for look in self._looks))
        return tuple(check for checks in found for check in checks)


async def _safely(look: Look) -> tuple[Check, ...]:
    try:
        return await look()
    except (OSError, Refused, TargetError) as error:
        name = getattr(look, "__name__", "check").strip("_")
        return (Check(name=name, result="not checked", what=f"It could not be looked at: {error}"),)


def store_look(store: StoreHealth) -> Look:
    """The database: damage, revision, audit chain, space."""

    async def store_checks() -> tuple[Check, ...]:
        found = await store.findings()
        fine = Check(name="store", result="ok", what="The database is whole, and the audit chain holds.")
        return tuple(_of(finding) for finding in found) or (fine,)

    return store_checks


def _of(finding: Finding) -> Check:
    broken = finding.severity in (Severity.CRITICAL, Severity.HIGH)
    what = f"{finding.what} {finding.why}".strip()
    return Check(name="store", result="broken" if broken else "warning", what=what, mend=finding.mend)


def machine_look(home: Path, haproxy: str | None) -> Look:
    """Tools on PATH, Python, space and rights of the home."""

    async def machine_checks() -> tuple[Check, ...]:
        free = shutil.disk_usage(home).free
        little = free < LITTLE
        checks = [
            Check(name="python", result="ok", what=f"Python {sys.version.split()[0]}"),
            Check(
                name="disk",
                result="warning" if little else "ok",
                what=f"{free / 1e9:.1f} GB are free at {home}.",
                mend="Free some space: builds and logs lie there." if little else "",
            ),
        ]
        for tool, mend in TOOLS.items():
            where = shutil.which(tool)
            checks.append(_tool(tool, where, mend))
        checks.append(_tool("haproxy", haproxy or shutil.which("haproxy"), "apt install haproxy, or set KR8_HAPROXY"))
        others = home.stat().st_mode & 0o077
        if others:
            checks.append(
                Check(
                    name="home",
                    result="warning",
                    what=f"{home} can be read by other users.",
                    mend=f"chmod 700 {home}",
                )
            )
        return tuple(checks)

    return machine_checks


def _tool(name: str, where: str | None, mend: str) -> Check:
    if where is None:
        return Check(name=name, result="broken", what=f"{name} is not on PATH.", mend=mend)
    return Check(name=name, result="ok", what=where)
