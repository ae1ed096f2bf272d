"""What runs in objects of Kubernetes, as they are written (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kr8.domain.production import PRODUCTION, is_in_production
from kr8.domain.yaml_code import Node, YamlCode

POD_SPEC: dict[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
}
SERVING = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
"""What runs until somebody ends it."""
KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
CONTAINERS = ("containers", "initContainers")
_OF_PODS = (("spec", "selector"), ("spec", "template"))
REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    **dict.fromkeys((*SERVING, "ReplicaSet"), _OF_PODS),
    "CronJob": (("spec", "schedule"),),
}
"""What each object of a kind has beside its pods."""
DIRECTIVES = frozenset({"$patch", "$retainKeys", "$setElementOrder", "$deleteFromPrimitiveList"})
"""What a strategic merge patch has of its own, and no object."""
_NOTHING = Node(None, "")
_FILLED_IN = re.compile(r"\{\{|\$\{|\$\(|<[\w -]+>")


@dataclass(frozen=True)
class Workload:
    """An object that runs containers."""

    node: Node
    kind: str
    spec: Node
    """Of its pods."""

    def containers(self, *lists: str) -> Iterator[Node]:
        """Its containers that have an image; a patch of kustomize names others, and says one thing of them."""
        for name in lists or ("containers",):
            listed = self.spec.at(name)
            for container in listed.items() if listed is not None else ():
                if container.text("image"):
                    yield container


def workloads(code: YamlCode) -> Iterator[Workload]:
    """Every object that runs containers, and every patch of one."""
    for node in code.manifests():
        kind = node.text("kind")
        if kind in POD_SPEC:
            yield Workload(node, kind, node.at(*POD_SPEC[kind]) or Node(None, node.place))


def is_partial(node: Node) -> bool:
    """Whether an object lacks what all that run containers have, or any says how it is laid over others."""
    kind = node.text("kind")
    return _has_directive(node) or (kind in POD_SPEC and _lacks_pods(node, kind))


def _has_directive(node: Node) -> bool:
    return any(str(step).partition("/")[0] in DIRECTIVES for way, _ in node.walk() for step in way[-1:])


def _lacks_pods(node: Node, kind: str) -> bool:
    containers = [each for lists in CONTAINERS for each in (node.at(*POD_SPEC[kind], lists) or _NOTHING).items()]
    return (
        any(node.at(*way) is None for way in REQUIRED.get(kind, ()))
        or not (node.at(*POD_SPEC[kind], "containers") or _NOTHING).items()
        or any(each.at("image") is None for each in containers)
    )


def is_filled_in(text: str) -> bool:
    """Whether a text has a place that something else fills in."""
    return _FILLED_IN.search(text) is not None


def is_production(node: Node) -> bool:
    """Whether an object is production's: by its namespace, or where it lies."""
    return node.text("metadata", "namespace") in PRODUCTION or is_in_production(node.place)
