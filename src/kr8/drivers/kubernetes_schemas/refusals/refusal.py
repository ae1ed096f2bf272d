"""What a refusal is, and what of an object may be judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kr8.domain.manifests import is_filled_in
from kr8.domain.yaml_code import Node

Way = tuple[str | int, ...]
Refusal = tuple[Way, str]
"""Where in an object, and why."""
CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
"""The lists of containers of a pod."""


def text_of(node: Node | None) -> str | None:
    """A text as it will stand in the cluster; None: there is none, or something fills it in later."""
    value = node.value if node is not None else None
    return value if isinstance(value, str) and not is_filled_in(value) else None


def number_of(node: Node | None) -> int | None:
    """A whole number; None: there is none, or something else."""
    value = node.value if node is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def has(node: Node | None) -> bool:
    """Whether something is said here."""
    return node is not None and node.value is not None


def listed(node: Node, *way: str) -> Iterator[tuple[Way, Node]]:
    """The items of a list below, each with the way to it."""
    below = node.at(*way)
    for number, item in enumerate(below.items() if below is not None else ()):
        yield (*way, number), item


def entries(node: Node, *way: str) -> Mapping[str, Node]:
    """The entries of a mapping below; none where there is none."""
    below = node.at(*way)
    return below.entries() if below is not None else {}


def general(way: Way) -> Way:
    """A way with `*` for each place in a list, and the same for each list of containers."""
    steps = tuple("*" if isinstance(step, int) else step for step in way)
    return ("containers", *steps[1:]) if steps and steps[0] in CONTAINERS else steps


def quoted(text: str) -> str:
    """A text of an object, as a reason quotes it."""
    return repr(text[:100])
