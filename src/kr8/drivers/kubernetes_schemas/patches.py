"""Which of the objects that kustomize lays over others are parts of objects (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from kr8.domain.manifests import is_partial
from kr8.domain.yaml_code import Node
from kr8.drivers.kubernetes_schemas.refusals import refusals

Answer = dict[str, Any] | None


class Laid(Protocol):
    """An object that was asked about, and may be a part of one."""

    @property
    def node(self) -> Node:
        """The object."""
        ...

    @property
    def may_be_part(self) -> bool:
        """Whether a kustomization lays it over objects."""
        ...


Each = TypeVar("Each", bound=Laid)


def apart(asked: Sequence[Each], answers: Sequence[Answer]) -> tuple[list[Each], list[Answer], list[Node]]:
    """The whole objects with their answers, and the parts of objects, which are judged in what they are laid over.

    Of a kind that no schema knows nobody can tell, and what it is laid over is said to be not judged.
    """
    told = {_kind(each.node) for each in asked if not each.may_be_part}
    pairs = list(zip(asked, answers, strict=True))
    whole = [(each, answer) for each, answer in pairs if not (each.may_be_part and _is_part(each.node, answer, told))]
    kept = {id(each) for each, _ in whole}
    return [each for each, _ in whole], [answer for _, answer in whole], [e.node for e in asked if id(e) not in kept]


def _is_part(node: Node, answer: Answer, told: set[tuple[str, str]]) -> bool:
    if is_partial(node) or _is_refused_for_lacking(node):
        return True
    if answer is None:
        return False
    if answer.get("unknown"):
        return _kind(node) in told
    return any(error["lacks"] for error in answer["errors"])


def _is_refused_for_lacking(node: Node) -> bool:
    return any(node.at(*way) is None for way, _ in refusals(node))


def _kind(node: Node) -> tuple[str, str]:
    return node.text("apiVersion"), node.text("kind")
