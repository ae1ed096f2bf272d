"""docs/benchmarks.md: what was measured, and why what is not met is not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.row import Row

CAUSES = Path(__file__).with_name("causes.md")
UNKNOWN = "cause not known."


def page(rows: Sequence[Row], where: str, causes: Mapping[str, str]) -> str:
    """The page; `where`: a sentence on when, on which machine and how busy; `causes`: see causes_of."""
    table = ["| what | kept | measured | met | note |", "|---|---|---|---|---|", *[row.line() for row in rows]]
    return "\n".join(["# Benchmarks", "", where, "", *table, "", *_missed(rows, causes)])


def causes_of(text: str) -> dict[str, str]:
    """The causes in bench/causes.md: what stands below a heading, by the heading, on one line."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return {name.strip(): _flowed(cause) for name, cause in zip(parts[::2], parts[1::2], strict=True)}


def cause(what: str, causes: Mapping[str, str]) -> str:
    """Why a row is not met: the cause with the longest heading that its name begins with."""
    found = max((name for name in causes if what.startswith(name)), key=len, default=None)
    return causes[found] if found is not None and causes[found] else UNKNOWN


def _missed(rows: Sequence[Row], causes: Mapping[str, str]) -> list[str]:
    told = [f"- **{row.what}**: {cause(row.what, causes)}" for row in rows if not row.met]
    return ["## What is not met, and why", "", *told, ""] if told else []


def _flowed(text: str) -> str:
    return " ".join(text.split())
