"""Terraform's JSON syntax (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kr8.domain.terraform_code import UNKNOWN, Attribute, Block
from kr8.drivers.hcl.broken import Broken
from kr8.drivers.hcl.native_syntax import template_calls


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with every key that it has, also those it has twice."""


_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "module": 1, "variable": 1, "output": 1, "provider": 1}
_INNER_LABELS = {"provisioner": 1, "backend": 1, "dynamic": 1}


def blocks(path: str, text: bytes) -> Iterator[Block]:
    """The top blocks of a text. Raises Broken."""
    try:
        top = json.loads(text, object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        raise Broken(f"{path}:{error.lineno}", error.msg) from None
    for kind, value in top if isinstance(top, _Pairs) else ():
        yield from _labelled(path, kind, value, (), _LABELS.get(kind, 0))


def _labelled(path: str, kind: str, value: Any, labels: tuple[str, ...], missing: int) -> Iterator[Block]:
    for each in _each(value):
        if not isinstance(each, _Pairs):
            continue
        if missing:
            for label, inner in each:
                yield from _labelled(path, kind, inner, (*labels, label), missing - 1)
        else:
            yield _block(path, kind, labels, each)


def _each(value: Any) -> list[Any]:
    return list[Any](value) if isinstance(value, list) and not isinstance(value, _Pairs) else [value]  # pyright: ignore[reportUnknownArgumentType]


def _block(path: str, kind: str, labels: tuple[str, ...], pairs: _Pairs) -> Block:
    """In JSON a body does not say what is an attribute and what a block: what is an object is both."""
    attributes = {name: _attribute(path, name, value) for name, value in pairs}
    blocks = [block for name, value in pairs for block in _labelled(path, name, value, (), _INNER_LABELS.get(name, 0))]
    return Block(kind, labels, attributes, tuple(blocks), f"{path}:1")


def _attribute(path: str, name: str, value: Any) -> Attribute:
    calls = tuple(call for text in _texts(value) if "{" in text for call in template_calls(path, text))
    return Attribute(name, json.dumps(value), _plain(value), calls, f"{path}:1")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, _Pairs):
        for name, inner in value:
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _texts(inner)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return UNKNOWN if "${" in value or "%{" in value else value
    if isinstance(value, _Pairs):
        return {name: _plain(inner) for name, inner in value}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    return value
