"""Tests that ask nobody: every provider of theirs is a mock, and they only plan (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kr8.domain.terraform_code import Block

READS = frozenset({"file", "filebase64", "fileexists", "fileset", "templatefile"})
"""Functions that read files: what a test names is seen by nobody before it runs."""


def asks_nobody(blocks: Iterable[Block], providers: Iterable[str]) -> bool:
    """Whether a file of tests does, where its root requires these providers, by namespace/name."""
    told = tuple(blocks)
    mocks = {block.labels[0] for block in told if block.type == "mock_provider" and block.labels}
    runs = [block for block in told if block.type == "run"]
    return (
        bool(runs)
        and {name.rpartition("/")[2] for name in providers} <= mocks
        and not any(block.type == "provider" for block in told)
        and not any(call.name in READS for block in told for call in block.calls())
        and all(_only_plans(run) for run in runs)
    )


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
