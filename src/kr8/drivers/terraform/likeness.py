"""What of a file decides whether a root is valid, where its values do not (pure).

Roots of several environments are often the same but for the bucket of their state and the facts of their tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from kr8.domain.terraform_code import UNKNOWN, Attribute, Block
from kr8.drivers.terraform.concern import TESTS

READ = ("module", "mock_provider")
"""Blocks of a test whose values name files."""


def likeness(path: str, blocks: Iterable[Block]) -> Any:
    """What files of equal meaning to `terraform validate` have in common; None: it may depend on everything in it.

    Of a backend it takes the arguments, and of a test what is referred to: in both it looks at no values.
    """
    told = tuple(blocks)
    if path.endswith(TESTS):
        return [_shape(block) for block in told]
    if told and all(block.type == "terraform" and not block.attributes for block in told):
        inner = [each for block in told for each in block.blocks]
        if inner and all(each.type == "backend" for each in inner):
            return [_shape(each) for each in inner]
    return None


def _shape(block: Block) -> Any:
    exact = block.type in READ
    attributes = {
        name: attribute.text if exact else _kind(attribute) for name, attribute in sorted(block.attributes.items())
    }
    return [block.type, list(block.labels), attributes, [_shape(each) for each in block.blocks]]


def _kind(attribute: Attribute) -> Any:
    return attribute.text if attribute.literal is UNKNOWN else _of(attribute.literal)


def _of(literal: Any) -> Any:
    if isinstance(literal, dict):
        return {name: _of(value) for name, value in cast("dict[str, Any]", literal).items()}
    if isinstance(literal, list):
        return [_of(element) for element in cast("Sequence[Any]", literal)]
    return type(literal).__name__
