"""YAML as values, and their text: block style, in the order given, read alike by every reader.

Readers disagree about plain scalars (`on`, `1e3`, `012`, `1:30`), so that a text stands plain only where no reader
could take it for something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

Value: TypeAlias = "str | int | float | bool | Because | Sequence[Value] | Mapping[str, Value] | None"

PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./(),-]+)*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_BLOCK = re.compile(r"[^\s\x00-\x1f](?:[\t\x20-\x7e\n]*[\x21-\x7e])?\n?")
_INDENT = 2


@dataclass(frozen=True)
class Because:
    """A value of a mapping whose reason stands in a comment above it."""

    value: Value
    comment: str


def documents(*values: Value, header: str = "") -> str:
    """The text of a file with one document a value. The header's lines become comments above them."""
    stream = StringIO()
    writer = _writer()
    for index, value in enumerate(values):
        stream.write("---\n" * (index > 0 or len(values) > 1))
        writer.dump(_node(value), stream)  # pyright: ignore[reportUnknownMemberType]
    above = "".join(f"# {line}".rstrip() + "\n" for line in header.splitlines())
    return f"{above}\n{stream.getvalue()}" if header else stream.getvalue()


def _writer() -> YAML:
    writer = YAML()
    writer.width = 1 << 16  # a folded text is read with other white space than it had
    writer.indent(mapping=_INDENT, sequence=_INDENT + 2, offset=_INDENT)  # pyright: ignore[reportUnknownMemberType]
    return writer


def _node(value: Value, depth: int = 0) -> Any:
    match value:
        case Because():
            return _node(value.value, depth)
        case str():
            return _scalar(value)
        case Mapping():
            return _mapping(value, depth)
        case Sequence():
            return CommentedSeq([_node(each, depth + 2) for each in value])
        case _:
            return value


def _mapping(values: Mapping[str, Value], depth: int) -> CommentedMap:
    node = CommentedMap()
    for name, value in values.items():
        key = _scalar(name)
        node[key] = _node(value, depth + 1)
        if isinstance(value, Because):
            node.yaml_set_comment_before_after_key(key, before=value.comment, indent=depth * _INDENT)  # pyright: ignore[reportUnknownMemberType]
    return node


def _scalar(text: str) -> str:
    if PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if "\n" in text and _BLOCK.fullmatch(text) and " \n" not in text and "\t\n" not in text:
        return LiteralScalarString(text)
    return DoubleQuotedScalarString(text)
