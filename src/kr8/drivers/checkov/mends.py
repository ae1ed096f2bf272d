"""What to do about what a check of checkov found (pure)."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib import resources
from typing import Any

ANY = "CKV_ANY"
"""checkov's word for every value."""
MOST_NAMED = 5
OF_CLOUDFORMATION = "AWS::"
"""How its resources are named: the table speaks of Terraform's."""
OR_WAIVE = ", or waive it in .kr8/waivers.toml with a reason."


def mend_of(told: dict[str, Any]) -> str:
    """What makes a check hold: what the table says, or else what the check itself compares with; or in general."""
    known = "" if str(told.get("resource", "")).startswith(OF_CLOUDFORMATION) else _table().get(told["id"])
    return f"{known or _compared(told) or 'Mend it'}{OR_WAIVE}"


def _compared(told: dict[str, Any]) -> str:
    argument = ".".join(part for part in str(told.get("argument", "")).split("/") if not part.startswith("["))
    wanted, unwanted = told.get("wanted", []), told.get("unwanted", [])
    if len(unwanted) == 1 and isinstance(unwanted[0], bool):
        wanted = [not unwanted[0]]
    if not argument:
        return ""
    if ANY in wanted:
        return f"Give {argument}"
    if wanted:
        return f"Set {argument} = {_listed(wanted)}"
    return f"Remove {argument}" if ANY in unwanted else f"Set {argument} to something else than {_listed(unwanted)}"


def _listed(values: list[Any]) -> str:
    *others, last = [json.dumps(each) for each in values[:MOST_NAMED]]
    return f"{', '.join(others)} or {last}" if others else last


@cache
def _table() -> dict[str, str]:
    return tomllib.loads(resources.files("kr8.drivers.checkov").joinpath("mends.toml").read_text())
