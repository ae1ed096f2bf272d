"""Terraform configuration as it was read: blocks and attributes with their places, nothing evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
    """The value as it is written."""
    known: Any
    """The value as far as it is written out: text, number, bool, None, list, dict; UNKNOWN is what is not."""
    calls: tuple[FunctionCall, ...]
    place: str
    """file:line"""

    def refers_to(self, address: str) -> bool:
        """Whether it names an object, such as aws_s3_bucket.logs."""
        return re.search(rf"(?<![\w.-]){re.escape(address)}(?![\w-])", self.text) is not None

    @cached_property
    def literal(self) -> Any:
        """The value where all of it is written out; else UNKNOWN."""
        return self.known if is_written_out(self.known) else UNKNOWN


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

    def inner(self, kind: str) -> tuple[Block, ...]:
        """The blocks of a type directly in this one; of a dynamic block what it makes."""
        plain = tuple(block for block in self.blocks if block.type == kind)
        made = (block for block in self.blocks if block.type == "dynamic" and block.labels == (kind,))
        return plain + tuple(content for block in made for content in block.inner("content"))

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
