"""Runs kr8's own rules over what they look at, each once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from kr8.domain.code import Code
from kr8.domain.digest import digest
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, CheckState, Part
from kr8.domain.rule import Rule
from kr8.domain.terraform_code import Unreadable
from kr8.drivers.kubernetes_schemas.concern import charts
from kr8.drivers.own_rules.concern import part_of
from kr8.ports.checkers import Sources
from kr8.version import VERSION


class OwnRulesChecker:
    """Implements the port `Checker`: every rule but those that say `runs_code`, which the guard has run already."""

    name = "kr8"
    tool = None
    rules = ("kr8/",)
    judges: tuple[str, ...] = ()

    @property
    def security(self) -> tuple[str, ...]:
        """What the rules themselves say, those of the guard among them."""
        return tuple(f"kr8/{rule.name}" for rule, _ in _rules().values() if rule.security)

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """The files that a rule of these parts looks at."""
        placed = await asyncio.to_thread(_placed, sources, sources.files)
        return tuple(path for path, part in placed.items() if part in parts)

    async def version(self) -> str | None:
        """That of kr8, with the names of its rules: others may be installed beside them."""
        return f"{VERSION} {digest(sorted(await asyncio.to_thread(_rules)))[:12]}"

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """What the rules find; Terraform configuration that cannot be read is a finding, where it is broken."""
        return await asyncio.to_thread(self._check, sources, files)

    def _check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        placed = _placed(sources, files)
        code, parts = _read(sources, placed), set(placed.values())
        asked = [check for rule, check in _rules().values() if rule.part in parts and not rule.runs_code]
        found = [finding for check in asked for finding in check(code)]
        broken = [_unreadable(each) for each in code.terraform.unreadable]
        edits = tuple(edit for mends in _mends() for edit in mends(code))
        return Checked(
            checker=self.name,
            state=CheckState.CHECKED,
            findings=(*found, *broken),
            edits=edits,
            blocks=code.terraform.starts(),
        )


def _placed(sources: Sources, files: Iterable[str]) -> dict[str, Part | None]:
    known = charts(sources.files)
    return {path: part_of(sources.root, path, known) for path in files}


def _rules() -> dict[str, tuple[Rule, Any]]:
    # Imported where there is something to check.
    from kr8 import rules  # noqa: PLC0415
    from kr8.plugins import found_in  # noqa: PLC0415

    known, checks = found_in(rules, "RULE"), found_in(rules, "check")
    return {name: (rule, checks[name]) for name, rule in known.items()}


def _mends() -> list[Any]:
    """What makes the edits, of those rules whose mend is a change of text."""
    from kr8 import rules  # noqa: PLC0415

    return [each.edits for each in vars(rules).values() if isinstance(each, ModuleType) and hasattr(each, "edits")]


def _read(sources: Sources, placed: Mapping[str, Part | None]) -> Code:
    from kr8.drivers.hcl import reader as hcl  # noqa: PLC0415
    from kr8.drivers.yaml_files import reader as yaml  # noqa: PLC0415

    def of(*parts: Part) -> dict[str, bytes]:
        return {path: (sources.root / path).read_bytes() for path, part in placed.items() if part in parts}

    texts = {
        path: content.decode(errors="replace")
        for path, content in of(Part.IMAGE, Part.PROJECT, Part.KUBERNETES).items()
    }
    return Code(hcl.read(of(Part.TERRAFORM)), texts, sources.project, yaml.read(of(Part.KUBERNETES)))


def _unreadable(told: Unreadable) -> Finding:
    return Finding(
        rule="kr8/terraform-unreadable",
        severity=Severity.HIGH,
        what="This configuration cannot be read from here on: no rule has looked at the file.",
        why=f"{told.why}.",
        mend="Mend its syntax; `terraform fmt` says what it expects.",
        place=told.place,
        link="https://developer.hashicorp.com/terraform/language/syntax/configuration",
    )
