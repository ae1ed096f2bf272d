"""Finds code in infrastructure code by kr8's own rules, before any tool runs."""

from __future__ import annotations

import asyncio

from kr8.domain.finding import Finding
from kr8.domain.infrastructure_check import Part
from kr8.drivers.terraform.concern import CONFIGURATION
from kr8.ports.checkers import Sources


class CodeGuard:
    """Implements the port `Guard`: every rule that says `runs_code`."""

    async def concerned(self, sources: Sources) -> tuple[str, ...]:
        """Terraform's configuration."""
        return tuple(path for path in sources.files if path.endswith(CONFIGURATION))

    async def found(self, sources: Sources, files: tuple[str, ...]) -> tuple[Finding, ...]:
        """The findings; each has a place."""
        return await asyncio.to_thread(_found, sources, files) if files else ()


def _found(sources: Sources, files: tuple[str, ...]) -> tuple[Finding, ...]:
    # Imported where there is something to read: the rules, and the grammar.
    from kr8 import rules  # noqa: PLC0415
    from kr8.domain.code import Code  # noqa: PLC0415
    from kr8.drivers.hcl import reader  # noqa: PLC0415
    from kr8.plugins import found_in  # noqa: PLC0415

    code = Code(reader.read({path: (sources.root / path).read_bytes() for path in files}))
    known, checks = found_in(rules, "RULE"), found_in(rules, "check")
    wanted = [name for name, rule in known.items() if rule.runs_code and rule.part is Part.TERRAFORM]
    return tuple(finding for name in wanted for finding in checks[name](code))
