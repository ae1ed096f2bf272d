"""YAML as values, and their text: block style, in the order given, read alike by every reader.

Readers disagree about plain scalars (`on`, `1e3`, `012`, `1:30`), so that a text stands plain only where no reader
could take it for something else, and what a person could not see in quotes is escaped. Libraries that write comments
put them beside their place, and take longer for the manifests alone than generating everything may.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = "str | int | float | bool | Because | Beside | Tagged | Sequence[Value] | Mapping[str, Value] | None"

PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./(),-]+)*|\d+(?:m|s|Ki|Mi|Gi)")
SIMPLE_KEY = 1000
"""A longer key is written with a question mark before it: readers look for its colon no further than 1,024."""
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_BEYOND = r"\xa1-\xac\xae-\u0590\u3040-\u312f\u3190-\u9fff\uac00-\ud7a3"
"""Characters beyond ASCII that a person sees. A fixed list: what Python knows of Unicode changes with its version."""
_BLOCK = re.compile(rf"[\x21-\x7e](?:[\t\x20-\x7e\n{_BEYOND}]*[\x21-\x7e{_BEYOND}])?\n?")
_SINGLE = re.compile(r"[\x20-\x26\x28-\x7e]+")
_SPECIAL = re.compile(rf"[^\x20\x21\x23-\x5b\x5d-\x7e{_BEYOND}]")
_PINNED = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.-]+)+@[A-Za-z0-9_.-]+")
_REMARK = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


@dataclass(frozen=True)
class Because:
    """A value of a mapping whose reason stands in a comment above it."""

    value: Value
    comment: str


@dataclass(frozen=True)
class Beside:
    """A text with a comment behind it on its line, where programs look for it: the version that a commit pins.

    Raises ValueError where it could be taken for anything but a text.
    """

    text: str
    comment: str

    def __post_init__(self) -> None:
        if not _PINNED.fullmatch(self.text) or not _REMARK.fullmatch(self.comment):
            raise ValueError(f"{self.text!r} cannot stand plain with the comment {self.comment!r} behind it")


@dataclass(frozen=True)
class Tagged:
    """A text with a tag for its reader, such as Ansible's `!unsafe`: a text that is no template."""

    tag: str
    text: str


def documents(*values: Value, header: str = "") -> str:
    """The text of a file with one document a value. The header's lines become comments above them."""
    lines: list[str] = [*_comment(header), ""] if header else []
    for value in values:
        lines += ["---"] if len(values) > 1 else []
        lines += [quoted(value)] if isinstance(value, str) else _block(value)
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A text between double quotes."""
    return f'"{_SPECIAL.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return _ESCAPES.get(found[0]) or (f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}")


def _block(value: Value) -> list[str]:
    """The lines of a value that stands by itself."""
    if isinstance(value, Because):
        return _block(value.value)
    if isinstance(value, Mapping) and value:
        return [line for name, each in value.items() for line in _entry(name, each)]
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return [line for each in value for line in _item(each)]
    return _scalar(value)


def _entry(name: str, value: Value) -> list[str]:
    if isinstance(value, Because):
        return [*_comment(value.comment), *_entry(name, value.value)]
    lines = _block(value)
    key = name if _is_plain(name) else quoted(name)
    start = [f"{key}:"] if len(key) <= SIMPLE_KEY else [f"? {key}", ":"]
    if _is_nested(value):
        return [*start, *_indented(lines)]
    return [*start[:-1], f"{start[-1]} {lines[0]}", *_indented(lines[1:])]


def _item(value: Value) -> list[str]:
    """The lines of an item of a list; the comment of its first entry goes above the dash."""
    lines = _block(value)
    comments = next(index for index, line in enumerate(lines) if not line.startswith("#"))
    return [*lines[:comments], f"- {lines[comments]}", *_indented(lines[comments + 1 :])]


def _is_nested(value: Value) -> bool:
    return isinstance(value, Mapping | Sequence) and not isinstance(value, str) and bool(value)


def _scalar(value: Value) -> list[str]:
    """The lines of what has nothing in it, a text among them."""
    match value:
        case None:
            return ["null"]
        case bool():
            return ["true" if value else "false"]
        case int():
            return [str(value)]
        case float():
            return [_number(value)]
        case str():
            return _text(value)
        case Beside():
            return [f"{value.text} # {value.comment}"]
        case Tagged():
            return [f"{value.tag} {quoted(value.text)}"]
        case Mapping():
            return ["{}"]
        case _:
            return ["[]"]


def _number(value: float) -> str:
    """A number with a point in it: without, some readers take one with an exponent for a text."""
    text = repr(value)
    if text.endswith(("inf", "nan")):
        return text.replace("inf", ".inf").replace("nan", ".nan")
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}" if exponent else text


def _text(text: str) -> list[str]:
    if _is_plain(text):
        return [text]
    if "\n" in text[:-1] and _BLOCK.fullmatch(text) and " \n" not in text and "\t\n" not in text:
        return ["|" if text.endswith("\n") else "|-", *text.removesuffix("\n").split("\n")]
    return [f"'{text}'" if '"' in text and _SINGLE.fullmatch(text) else quoted(text)]


def _is_plain(text: str) -> bool:
    return PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" if line else line for line in lines]


def _comment(text: str) -> list[str]:
    return [f"# {line}".rstrip() for line in text.splitlines()]
