"""Where each key of a TOML text stands (pure)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

Path = tuple[str | int, ...]


class Position(NamedTuple):
    """A place in a text: both count from 1, columns in characters."""

    line: int
    column: int


class Positions:
    """The places of all keys and list items of a text that is good TOML."""

    def __init__(self, text: bytes) -> None:
        self._lines = text.split(b"\n")
        self._places: dict[Path, tuple[int, int]] = {(): (0, 0)}
        """Line and byte: what comes before on a long line is read for the places that are asked for."""
        self._lengths: dict[Path, int] = {}
        root = Parser(Language(tree_sitter_toml.language())).parse(text).root_node
        self._walk(root, ())

    def at(self, path: Path) -> Position:
        """The place of a key, or of the nearest table that it would be in."""
        while path not in self._places:
            path = path[:-1]
        line, column = self._places[path]
        before = self._lines[line][:column].decode(errors="replace")
        return Position(line + 1, len(before) + 1)

    def _walk(self, node: Node, above: Path) -> None:
        visits: dict[str, Callable[[Node, Path], None]] = {
            "pair": self._pair,
            "table": self._table,
            "table_array_element": self._element,
        }
        for child in node.named_children:
            visit = visits.get(child.type)
            if visit is not None:
                visit(child, above)

    def _pair(self, pair: Node, above: Path) -> None:
        key, value = pair.named_children[:2]
        self._value(value, self._key(key, above))

    def _table(self, table: Node, above: Path) -> None:
        self._walk(table, self._key(table.named_children[0], above))

    def _element(self, table: Node, above: Path) -> None:
        key = table.named_children[0]
        path = self._key(key, above)
        number = self._lengths.get(path, 0)
        self._lengths[path] = number + 1
        self._keep((*path, number), key)
        self._walk(table, (*path, number))

    def _value(self, value: Node, path: Path) -> None:
        if value.type == "inline_table":
            self._walk(value, path)
        elif value.type == "array":
            items = [item for item in value.named_children if item.type != "comment"]
            for number, item in enumerate(items):
                self._keep((*path, number), item)
                self._value(item, (*path, number))

    def _key(self, key: Node, above: Path) -> Path:
        """Keep the place of a key and of each part of a dotted one; the whole path."""
        path = above
        for part in _parts(key):
            path = self._inside_list(path)
            path = (*path, _name(part))
            self._keep(path, part)
        return path

    def _inside_list(self, path: Path) -> Path:
        """[a.b] after [[a]] is a part of the last element of a."""
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _keep(self, path: Path, node: Node) -> None:
        self._places.setdefault(path, (node.start_point[0], node.start_point[1]))


def _parts(key: Node) -> Iterator[Node]:
    if key.type != "dotted_key":
        yield key
        return
    for child in key.named_children:
        yield from _parts(child)


def _name(key: Node) -> str:
    text = (key.text or b"").decode()
    return next(iter(tomllib.loads(f"{text} = 0"))) if key.type == "quoted_key" else text
