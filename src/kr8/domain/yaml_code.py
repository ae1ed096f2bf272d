"""YAML files as they were read: every value with its place, nothing of it run or fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kr8.domain.terraform_code import Unreadable


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a file. An alias is the very node of its anchor, so that a file's nodes may be met more than once."""

    value: str | int | float | bool | Mapping[str, Node] | tuple[Node, ...] | None
    place: str
    """file:line of its key, or of its item's dash where it has none."""
    tag: str = ""
    """The tag that is written at it, such as "!vault"; nothing is done with it."""

    def at(self, *path: str | int) -> Node | None:
        """The node below keys and indexes; None where there is none."""
        here: Node | None = self
        for step in path:
            here = here.below(step) if here is not None else None
        return here

    def below(self, step: str | int) -> Node | None:
        """The node of a key, or at an index; None where there is none."""
        match self.value:
            case Mapping() as table:
                return table.get(step) if isinstance(step, str) else None
            case tuple() as items:
                return items[step] if isinstance(step, int) and -len(items) <= step < len(items) else None
            case _:
                return None

    def text(self, *path: str | int) -> str:
        """The text below; "" where there is none, or something else."""
        found = self.at(*path)
        return found.value if found is not None and isinstance(found.value, str) else ""

    def entries(self) -> Mapping[str, Node]:
        """The entries of a mapping; none of another value."""
        return self.value if isinstance(self.value, Mapping) else {}

    def items(self) -> tuple[Node, ...]:
        """The items of a list; none of another value."""
        return self.value if isinstance(self.value, tuple) else ()

    def walk(self) -> Iterator[tuple[tuple[str | int, ...], Node]]:
        """This node and all below, each with the way to it."""
        waiting: list[tuple[tuple[str | int, ...], Node]] = [((), self)]
        while waiting:
            way, node = waiting.pop()
            yield way, node
            below: list[tuple[str | int, Node]] = [*node.entries().items(), *enumerate(node.items())]
            waiting += [((*way, step), each) for step, each in reversed(below)]

    def plain(self) -> Any:
        """The value without places and tags."""
        match self.value:
            case Mapping() as table:
                return {key: each.plain() for key, each in table.items()}
            case tuple() as items:
                return [each.plain() for each in items]
            case value:
                return value


@dataclass(frozen=True)
class Doubled:
    """A key that stands twice in one mapping: readers take the last, or none."""

    key: str
    place: str
    """file:line"""
    first: str
    """Where it stood before."""


@dataclass(frozen=True)
class YamlFile:
    """One file."""

    documents: tuple[Node, ...]
    doubled: tuple[Doubled, ...] = ()


@dataclass(frozen=True)
class YamlCode:
    """The YAML files of a repository, by path."""

    files: Mapping[str, YamlFile] = field(default_factory=dict[str, YamlFile])
    unreadable: tuple[Unreadable, ...] = ()
    """Where a file is none, or is refused; the documents before that place are in `files`."""

    def manifests(self) -> Iterator[Node]:
        """Every object of Kubernetes: what has apiVersion and kind; of a List its items."""
        for file in self.files.values():
            for document in file.documents:
                yield from _objects(document)


def _objects(document: Node) -> Iterator[Node]:
    if not document.text("apiVersion") or not document.text("kind"):
        return
    listed = document.at("items")
    if document.text("kind").endswith("List") and listed is not None:
        for item in listed.items():
            yield from _objects(item)
    else:
        yield document
