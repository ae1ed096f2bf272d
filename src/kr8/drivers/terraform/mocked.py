"""Tests that ask nobody: every provider of theirs is a mock, and they only plan (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kr8.domain.terraform_code import Block

BUILT_IN = "terraform_"
"""Types of the provider that Terraform has in itself, which nobody can mock."""
HARMLESS = frozenset({"terraform_data"})


def asks_nobody(tests: Iterable[Block], root: Iterable[Block]) -> bool:
    """Whether a file of tests does, of a root whose modules have these top blocks."""
    told, configuration = tuple(tests), tuple(root)
    mocks = {(block.labels[0], block.literal("alias", "")) for block in told if block.type == "mock_provider"}
    runs = [block for block in told if block.type == "run"]
    return (
        bool(runs)
        and _providers(configuration) <= mocks
        and not any(block.type == "provider" for block in told)
        and not any(call.reads_files() for block in told for call in block.calls())
        and not any(_asks_elsewhere(block) for block in configuration)
        and all(_only_plans(run) for run in runs)
    )


def _providers(configuration: Iterable[Block]) -> set[tuple[str, Any]]:
    """Every provider that is configured, required or implied, by its name here and its alias."""
    found: set[tuple[str, Any]] = set()
    for block in configuration:
        if block.type == "provider":
            found.add((block.labels[0], block.literal("alias", "")))
        elif block.type == "terraform":
            found |= {(name, "") for each in block.inner("required_providers") for name in each.attributes}
        elif block.type in ("resource", "data", "ephemeral") and not block.labels[0].startswith(BUILT_IN):
            found.add((block.labels[0].partition("_")[0], "") if "provider" not in block.attributes else _named(block))
    return found


def _named(block: Block) -> tuple[str, str]:
    name, _, alias = block.attributes["provider"].text.strip().partition(".")
    return name, alias


def _asks_elsewhere(block: Block) -> bool:
    kinds = ("resource", "data", "ephemeral")
    return block.type in kinds and block.labels[0].startswith(BUILT_IN) and block.labels[0] not in HARMLESS


def runs_of(blocks: Iterable[Block]) -> list[Any]:
    """What is run, and what must hold then, as it is written: not what is mocked, and no variables of all runs."""
    return [_written(block) for block in blocks if block.type == "run"]


def _only_plans(run: Block) -> bool:
    command = run.attributes.get("command")
    own = run.inner("module") or "providers" in run.attributes
    return command is not None and command.text.strip() == "plan" and not own


def _written(block: Block) -> Any:
    attributes = {name: attribute.text for name, attribute in sorted(block.attributes.items())}
    return [block.type, list(block.labels), attributes, [_written(each) for each in block.blocks]]
