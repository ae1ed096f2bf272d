"""Terraform configuration as it was read: blocks and attributes with their places, nothing evaluated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

UNKNOWN: Final = object()
"""The literal of a value that is known only when Terraform evaluates it."""


def is_written_out(value: Any) -> bool:
    """Whether nothing in a value is UNKNOWN."""
    match value:
        case dict():
            return all(map(is_written_out, (*value.keys(), *value.values())))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        case list():
            return all(map(is_written_out, value))  # pyright: ignore[reportUnknownArgumentType]
        case _:
            return value is not UNKNOWN


READERS = frozenset(
    {
        "file",
        "filebase64",
        "filebase64sha256",
        "filebase64sha512",
        "fileexists",
        "filemd5",
        "fileset",
        "filesha1",
        "filesha256",
        "filesha512",
        "templatefile",
    }
)
"""The functions that read files."""
_DECIDES = re.compile(r"[?(]|[\[{]\s*for\b|[\]}]\s*\[|\}\s*\.")
_KEEPS = re.compile(r"\b(compact|concat|distinct|flatten|format|join|jsonencode|tolist|toset)\(")
_LOCAL = re.compile(r"(?<![\w.-])local\.([\w-]+)((?:\.[\w*-]+|\[[^\[\]]*\])*(?:\[|\.)?)")
_ANY = "?"
"""A way that is not written out: it may lead to all there is."""
_STEP = re.compile(r'\.([A-Za-z_][\w-]*)|\["([^"\\$%]*)"\]')


def _bracketed(step: re.Match[str]) -> str:
    return f'["{step[1] or step[2]}"]'


@dataclass(frozen=True)
class FunctionCall:
    """A function that an expression calls."""

    name: str
    first: Any
    """Its first argument as far as that is written out: UNKNOWN, or UNKNOWN in it, is what is not."""
    place: str
    text: str = ""
    """Its first argument as it is written."""

    def reads_files(self) -> bool:
        """Whether it reads a file, under either of its names."""
        return self.name.removeprefix("core::") in READERS


@dataclass(frozen=True)
class Attribute:
    """`name = value`."""

    name: str
    text: str
    """The value as it is written, without comments."""
    known: Any
    """The value as far as it is written out: text, number, bool, None, list, dict; UNKNOWN is what is not."""
    calls: tuple[FunctionCall, ...]
    place: str
    """file:line"""

    def refers_to(self, address: str) -> bool:
        """Whether it names an object, such as aws_s3_bucket.logs."""
        return re.search(rf"(?<![\w.-]){re.escape(address)}(?![\w-])", self.text) is not None

    def is_plain(self) -> bool:
        """Whether no condition, loop, choice from a list or function decides what it is, but those that keep it all."""
        return _DECIDES.search(_KEEPS.sub("", self.text)) is None

    def locals(self) -> list[tuple[str, str]]:
        """The names of the local values that it names, each with the way into it, such as '["read"]'; "": all of it."""
        return [(name, _STEP.sub(_bracketed, way)) for name, way in _LOCAL.findall(self.text)]

    def below(self, way: str) -> Attribute | None:
        """What it is at the end of a way into it; None where that is not written out."""
        value = self.known
        for step in _STEP.finditer(way):
            value = value.get(step[1] or step[2], UNKNOWN) if isinstance(value, dict) else UNKNOWN  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if _STEP.sub("", way) or not is_written_out(value):
            return None
        return replace(self, text=json.dumps(value), known=value, calls=())

    @cached_property
    def literal(self) -> Any:
        """The value where all of it is written out; else UNKNOWN."""
        return self.known if is_written_out(self.known) else UNKNOWN


def _is_some(attribute: Attribute) -> bool | None:
    """Whether a count, or what for_each goes over, is more than none; None where Terraform alone knows."""
    call = attribute.calls[0] if attribute.text.startswith("toset(") else None
    known = attribute.known if call is None else call.first
    return None if known is UNKNOWN or known is None else bool(known)


@dataclass(frozen=True)
class Block:
    """`type "label" { … }`."""

    type: str
    labels: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    blocks: tuple[Block, ...]
    place: str
    """file:line"""

    def folder(self) -> str:
        """The folder of its file; "" is that of the repository."""
        return self.place.rpartition(":")[0].rpartition("/")[0]

    def literal(self, name: str, default: Any = None) -> Any:
        """What an attribute is; UNKNOWN where only Terraform knows it, `default` where there is no such attribute."""
        return self.attributes[name].literal if name in self.attributes else default

    def is_certain(self) -> bool:
        """Whether it is made at all, whatever variables say: it has no count and no for_each, or one that says so."""
        return all(some is True for some in self._some())

    def is_none(self) -> bool:
        """Whether it surely is not made: its count is 0, or its for_each goes over nothing."""
        return any(some is False for some in self._some())

    def _some(self) -> list[bool | None]:
        return [_is_some(self.attributes[name]) for name in ("count", "for_each") if name in self.attributes]

    def inner(self, kind: str) -> tuple[Block, ...]:
        """The blocks of a type directly in this one; of a dynamic block what it makes, with its for_each."""
        plain = tuple(block for block in self.blocks if block.type == kind)
        made = (block for block in self.blocks if block.type == "dynamic" and block.labels == (kind,))
        return plain + tuple(each for block in made if not block.is_none() for each in block._contents())

    def _contents(self) -> Iterator[Block]:
        """What a dynamic block makes."""
        each = {name: value for name, value in self.attributes.items() if name == "for_each"}
        for content in self.inner("content"):
            yield replace(content, attributes={**content.attributes, **each})

    def walk(self) -> Iterator[Block]:
        """This block and every block in it."""
        yield self
        for block in self.blocks:
            yield from block.walk()

    def calls(self) -> Iterator[FunctionCall]:
        """Every function that is called anywhere in it."""
        for block in self.walk():
            for attribute in block.attributes.values():
                yield from attribute.calls


@dataclass(frozen=True)
class Unreadable:
    """A place where a file is not what it should be."""

    place: str
    why: str


@dataclass(frozen=True)
class TerraformCode:
    """The configuration of a repository: the top blocks of each file."""

    files: Mapping[str, tuple[Block, ...]] = field(default_factory=dict[str, "tuple[Block, ...]"])
    unreadable: tuple[Unreadable, ...] = ()

    def blocks(self, kind: str, *labels: str) -> Iterator[Block]:
        """Top blocks of a type, whose first labels are these."""
        for blocks in self.files.values():
            for block in blocks:
                if block.type == kind and block.labels[: len(labels)] == labels:
                    yield block

    def made(self, kind: str, *labels: str) -> Iterator[Block]:
        """Those of them that may be there."""
        return (each for each in self.blocks(kind, *labels) if not each.is_none())

    def near(self, block: Block, kind: str, *labels: str) -> Iterator[Block]:
        """Top blocks of a type in the folder of a block."""
        return (each for each in self.blocks(kind, *labels) if each.folder() == block.folder())

    def meant(self, block: Block, attribute: Attribute) -> Iterator[tuple[Attribute, bool]]:
        """An attribute of a block, and the local values that it comes of; and whether it surely does."""
        values = {name: value for each in self.near(block, "locals") for name, value in each.attributes.items()}
        waiting, seen = [(attribute, True)], set[tuple[str, str]]()
        while waiting:
            each, certain = waiting.pop()
            yield each, certain
            fresh = [named for named in dict.fromkeys(each.locals()) if named[0] in values and named not in seen]
            seen.update(fresh)
            for name, way in fresh:
                found = values[name].below(way) if way else values[name]
                if found is not None:
                    waiting.append((found, certain and each.is_plain()))
                elif (name, _ANY) not in seen:
                    seen.add((name, _ANY))
                    waiting.append((values[name], False))

    def starts(self) -> dict[str, tuple[int, ...]]:
        """The lines of each file on which a top block begins, in order."""
        return {
            path: tuple(sorted({int(block.place.rpartition(":")[2]) for block in blocks}))
            for path, blocks in self.files.items()
        }

    def modules(self) -> dict[str, tuple[Block, ...]]:
        """The top blocks of each folder with configuration in it."""
        found: dict[str, tuple[Block, ...]] = {}
        for path, blocks in self.files.items():
            folder = path.rpartition("/")[0]
            found[folder] = (*found.get(folder, ()), *blocks)
        return found
