"""What runs in objects of Kubernetes, as they are written (pure)."""

from __future__ import annotations

import posixpath
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
PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902")
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


def kustomizations(code: YamlCode) -> Iterator[Node]:
    """Every kustomization."""
    for path, file in code.files.items():
        if posixpath.basename(path) in KUSTOMIZATIONS:
            yield from file.documents


def patches(code: YamlCode) -> frozenset[str]:
    """The files that a kustomization lays over objects: they have a part of an object, which is judged as no whole."""
    return frozenset(path for node in kustomizations(code) for path in _patches(node))


def _patches(kustomization: Node) -> Iterator[str]:
    folder = posixpath.dirname(kustomization.place)
    for key in PATCHES:
        listed = kustomization.at(key)
        for item in listed.items() if listed is not None else ():
            name = item.value if isinstance(item.value, str) else item.text("path")
            if name and "\n" not in name:
                yield posixpath.normpath(posixpath.join(folder, name))


def is_filled_in(text: str) -> bool:
    """Whether a text has a place that something else fills in."""
    return _FILLED_IN.search(text) is not None


def is_production(node: Node) -> bool:
    """Whether an object is production's: by its namespace, or where it lies."""
    return node.text("metadata", "namespace") in PRODUCTION or is_in_production(node.place)
