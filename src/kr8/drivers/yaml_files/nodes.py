"""From libyaml's events to nodes with places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from yaml import CSafeLoader, parse
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from kr8.domain.yaml_code import Doubled, Node
from kr8.drivers.yaml_files.limits import MOST_DEPTH, MOST_NODES, Refusal
from kr8.drivers.yaml_files.scalars import CORE, is_merge, scalar


class Found(NamedTuple):
    """A node, how many nodes it stands for, and how many levels are in it."""

    node: Node
    size: int = 1
    height: int = 0


class Reading:
    """One file that is read: its events come one by one, so that what is refused is not read on."""

    def __init__(self, path: str, text: str, most_nodes: int = MOST_NODES) -> None:
        self._path = path
        self._most_nodes = most_nodes
        self._events = parse(text, Loader=CSafeLoader)
        self._anchors: dict[str, Found] = {}
        self._nodes = 0
        self.doubled: list[Doubled] = []

    def documents(self) -> Iterator[Node]:
        """The documents, one after the other. Raises Refusal, YAMLError."""
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                self._anchors = {}
                yield self._node(next(self._events), None, 0).node

    def _node(self, event: Event, place: str | None, depth: int) -> Found:
        """What begins with an event. `place`: of its key, where it has one."""
        here = place or self._place(event)
        if isinstance(event, AliasEvent):
            return self._alias(event, here, depth)
        self._check_depth(depth, here)
        self._count(1, here)
        match event:
            case MappingStartEvent():
                found = self._mapping(event, here, depth)
            case SequenceStartEvent():
                found = self._sequence(event, here, depth)
            case ScalarEvent():
                value = scalar(event.value, bool(event.implicit[0]), _written(event))
                found = Found(Node(value, here, _own(event)))
            case _:
                raise Refusal(here, f"{type(event).__name__} stands where a value is expected")
        if event.anchor:
            self._anchors[event.anchor] = found
        return found

    def _alias(self, event: AliasEvent, here: str, depth: int) -> Found:
        """What the anchor stands for; one that is not closed yet would have no end."""
        known = self._anchors.get(event.anchor)
        if known is None:
            raise Refusal(here, f"there is no anchor {event.anchor!r} before it")
        self._check_depth(depth + known.height, here)
        self._count(known.size, here)
        return known

    def _check_depth(self, depth: int, here: str) -> None:
        if depth > MOST_DEPTH:
            raise Refusal(here, f"it is nested deeper than {MOST_DEPTH}")

    def _count(self, more: int, here: str) -> None:
        self._nodes += more
        if self._nodes > self._most_nodes:
            raise Refusal(here, f"it stands for more than {self._most_nodes:,} values")

    def _sequence(self, start: SequenceStartEvent, here: str, depth: int) -> Found:
        items: list[Found] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, None, depth + 1))
        return _holding(Node(tuple(item.node for item in items), here, _own(start)), items)

    def _mapping(self, start: MappingStartEvent, here: str, depth: int) -> Found:
        entries: dict[str, Node] = {}
        taken: list[Node] = []
        values: list[Found] = []
        while not isinstance(event := next(self._events), MappingEndEvent):
            place = self._place(event)
            key, merges = self._key(event)
            values.append(self._node(next(self._events), place, depth + 1))
            value = values[-1].node
            if merges:
                taken += value.items() or (value,)
                continue
            if key in entries:
                self.doubled.append(Doubled(key, place, entries[key].place))
            entries[key] = value
        inherited = {key: each for source in reversed(taken) for key, each in source.entries().items()}
        return _holding(Node({**inherited, **entries}, here, _own(start)), values)

    def _key(self, event: Event) -> tuple[str, bool]:
        """The text of a key, whatever reader would take it for something else; and whether it is `<<`."""
        if isinstance(event, ScalarEvent):
            if event.anchor:
                self._anchors[event.anchor] = Found(Node(event.value, self._place(event)))
            return event.value, is_merge(event.value, bool(event.implicit[0]), _written(event))
        known = self._anchors.get(event.anchor) if isinstance(event, AliasEvent) else None
        if known is None or isinstance(known.node.value, Mapping | tuple):
            raise Refusal(self._place(event), "a key is no text: neither Kubernetes nor Ansible takes it")
        return str(known.node.value), False

    def _place(self, event: Event) -> str:
        return f"{self._path}:{event.start_mark.line + 1}"


def _holding(node: Node, inner: list[Found]) -> Found:
    size = 1 + sum(each.size for each in inner)
    return Found(node, size, 1 + max((each.height for each in inner), default=0))


def _written(event: ScalarEvent | CollectionStartEvent) -> str | None:
    """The tag that a person wrote; "!" alone means a text."""
    return f"{CORE}str" if event.tag == "!" else event.tag


def _own(event: ScalarEvent | CollectionStartEvent) -> str:
    return event.tag or ""
