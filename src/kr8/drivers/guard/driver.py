"""Finds code in infrastructure code by kr8's own rules, before any tool runs."""

from __future__ import annotations

import asyncio

from kr8.domain.finding import Finding
from kr8.domain.infrastructure_check import Part
from kr8.drivers.ansible.concern import is_read
from kr8.drivers.terraform.concern import CONFIGURATION
from kr8.ports.checkers import Sources

PARTS = (Part.TERRAFORM, Part.ANSIBLE)


class CodeGuard:
    """Implements the port `Guard`: every rule that says `runs_code`."""

    async def concerned(self, sources: Sources) -> tuple[str, ...]:
        """Terraform's configuration, and every YAML file that may be Ansible's."""
        return tuple(path for path in sources.files if path.endswith(CONFIGURATION) or is_read(path))

    async def found(self, sources: Sources, files: tuple[str, ...]) -> tuple[Finding, ...]:
        """The findings; each has a place."""
        return await asyncio.to_thread(_found, sources, files) if files else ()


def _found(sources: Sources, files: tuple[str, ...]) -> tuple[Finding, ...]:
    # Imported where there is something to read: the rules, and the grammars.
    from kr8 import rules  # noqa: PLC0415
    from kr8.domain.code import Code  # noqa: PLC0415
    from kr8.drivers.hcl import reader as hcl  # noqa: PLC0415
    from kr8.drivers.yaml_files import reader as yaml  # noqa: PLC0415
    from kr8.plugins import found_in  # noqa: PLC0415

    contents = {path: (sources.root / path).read_bytes() for path in files}
    terraform = {path: content for path, content in contents.items() if path.endswith(CONFIGURATION)}
    others = {path: content for path, content in contents.items() if path not in terraform}
    code = Code(hcl.read(terraform), yaml=yaml.read(others))
    known, checks = found_in(rules, "RULE"), found_in(rules, "check")
    wanted = [name for name, rule in known.items() if rule.runs_code and rule.part in PARTS]
    return tuple(finding for name in wanted for finding in checks[name](code))
