"""HCL as values, and their text: what `terraform fmt` leaves as it is.

Text of users goes in as `str` and is escaped; only the generators' own expressions are an `Expression`. The syntax is
that of https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md, the layout that of hclwrite's formatter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = "str | int | float | bool | Expression | Sequence[Value] | Mapping[str, Value] | None"

WIDTH = 100
"""The columns that a list may fill before it is written over several lines."""
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WORDS = frozenset({"null", "true", "false", "for", "if", "in", "else"})
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LETTERS = r"\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u058f\u3041-\u3096\u309b-\u312f\u3190-\u9fff\uac00-\ud7a3"
_SPECIAL = re.compile(rf"[^\x20\x21\x23-\x5b\x5d-\x7e{_LETTERS}]|[$%](?=\{{)")
"""What is escaped: quotes, beginnings of templates, and all that a reader could not see or `fmt` not count."""


@dataclass(frozen=True)
class Expression:
    """An expression that a generator wrote itself: a reference, a call. Never made of a user's text."""

    text: str


@dataclass(frozen=True)
class Attribute:
    """`name = value`, with the reason for it in a comment above."""

    name: str
    value: Value
    comment: str = ""


@dataclass(frozen=True)
class Block:
    """`type "label" { … }`, with the reason for it in a comment above."""

    type: str
    labels: tuple[str, ...] = ()
    body: tuple[Item, ...] = ()
    comment: str = ""


@dataclass(frozen=True)
class Gap:
    """An empty line between two attributes that are about different things."""


Item: TypeAlias = Attribute | Block | Gap


def attributes(**values: Value) -> tuple[Attribute, ...]:
    """Attributes in the order given."""
    return tuple(Attribute(name, value) for name, value in values.items())


def document(items: Sequence[Item], header: str = "") -> str:
    """The text of a file. The header's lines become comments above it."""
    text = "\n".join(_body(items, 0))
    return f"{_comment(header, 0)}\n\n{text}\n" if header else f"{text}\n"


def quoted(text: str) -> str:
    """A text as HCL writes it between quotes, nothing of it an interpolation."""
    return f'"{_SPECIAL.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in "$%":
        before = found.string[: found.start()]
        # "$${" is an escaped "${"; after another "$" the scanner would read the pair differently.
        return _numbered(character) if before.endswith(character) else character * 2
    return _ESCAPES.get(character) or _numbered(character)


def _numbered(character: str) -> str:
    code = ord(character)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


def _body(items: Sequence[Item], depth: int) -> list[str]:
    """The lines of a body: equals signs in one column where single lines follow each other."""
    lines: list[str] = []
    chain: list[tuple[str, str]] = []
    for index, item in enumerate(items):
        previous = items[index - 1] if index else None
        if _stands_apart(item) or isinstance(previous, Block):
            lines += _aligned(chain, depth)
            chain = []
            lines += [""] * (previous is not None and not isinstance(previous, Gap))
        if isinstance(item, Gap):
            continue
        if isinstance(item, Block):
            lines += _block(item, depth)
            continue
        lines += [_comment(item.comment, depth)] * bool(item.comment)
        text = _value(item.value, depth, len(item.name) + 3)
        if "\n" in text:
            lines += [*_aligned(chain, depth), f"{_indent(depth)}{item.name} = {text}"]
            chain = []
        else:
            chain.append((item.name, text))
    return [*lines, *_aligned(chain, depth)]


def _stands_apart(item: Item) -> bool:
    return not isinstance(item, Attribute) or bool(item.comment)


def _block(block: Block, depth: int) -> list[str]:
    head = " ".join([block.type, *map(quoted, block.labels)])
    comment = [_comment(block.comment, depth)] * bool(block.comment)
    if not block.body:
        return [*comment, f"{_indent(depth)}{head} {{}}"]
    return [*comment, f"{_indent(depth)}{head} {{", *_body(block.body, depth + 1), f"{_indent(depth)}}}"]


def _aligned(chain: Sequence[tuple[str, str]], depth: int) -> list[str]:
    width = max((len(name) for name, _ in chain), default=0)
    return [f"{_indent(depth)}{name.ljust(width)} = {text}" for name, text in chain]


def _value(value: Value, depth: int, used: int) -> str:
    """The text of a value; `used`: the columns before it on its line, the indent excepted."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Expression():
            return value.text
        case str():
            return quoted(value)
        case int() | float():
            return repr(value)
        case Mapping():
            return _object(value, depth)
        case _:
            return _list(value, depth, used)


def _list(values: Sequence[Value], depth: int, used: int) -> str:
    texts = [_value(value, depth + 1, 0) for value in values]
    line = f"[{', '.join(texts)}]"
    if "\n" not in line and 2 * depth + used + len(line) <= WIDTH:
        return line
    return "\n".join(["[", *(f"{_indent(depth + 1)}{text}," for text in texts), f"{_indent(depth)}]"])


def _object(values: Mapping[str, Value], depth: int) -> str:
    if not values:
        return "{}"
    items = [Attribute(_key(name), value) for name, value in values.items()]
    return "\n".join(["{", *_body(items, depth + 1), f"{_indent(depth)}}}"])


def _key(name: str) -> str:
    return name if IDENTIFIER.fullmatch(name) and name not in _WORDS else quoted(name)


def _comment(text: str, depth: int) -> str:
    return "\n".join(f"{_indent(depth)}# {line}".rstrip() for line in text.splitlines())


def _indent(depth: int) -> str:
    return "  " * depth
