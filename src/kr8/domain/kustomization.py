"""What kustomizations name (pure)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from kr8.domain.manifests import KUSTOMIZATIONS
from kr8.domain.yaml_code import Node, YamlCode

PATCHES: dict[str, tuple[str, ...]] = {
    "patches": ("path",),
    "patchesStrategicMerge": ("",),
    "patchesJson6902": ("path",),
}
"""The keys under which files are laid over objects; of each item the keys of the path, "" where it is the path."""
MADE_OF: dict[str, tuple[str, ...]] = {
    **PATCHES,
    **dict.fromkeys(("resources", "bases", "components"), ("",)),
    **dict.fromkeys(("configMapGenerator", "secretGenerator"), ("files", "envs", "env")),
}
"""The keys under which is named what comes to stand in what kustomize makes."""
NAMING: dict[str, tuple[str, ...]] = {
    **MADE_OF,
    **dict.fromkeys(("crds", "configurations", "transformers", "generators", "validators"), ("",)),
    **dict.fromkeys(("replacements", "openapi"), ("path",)),
    "helmCharts": ("valuesFile", "additionalValuesFiles"),
    "helmChartInflationGenerator": ("values",),
}
"""All keys under which files and folders are named: other texts that are paths, such as annotations, name none."""


WITH_NAMES = "files"
"""The key of generators whose items may be `name=path`; everywhere else a sign of equality is part of the path."""


def kustomizations(code: YamlCode) -> Iterator[Node]:
    """Every kustomization."""
    for path, file in code.files.items():
        if posixpath.basename(path) in KUSTOMIZATIONS:
            yield from file.documents


def named(kustomization: Node, keys: dict[str, tuple[str, ...]] = NAMING) -> Iterator[str]:
    """The files and folders that a kustomization names under some keys, from the repository's root on; that is ""."""
    return (path for path, _ in named_at(kustomization, keys))


def named_at(kustomization: Node, keys: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, Node]]:
    """The same, each with the text that names it."""
    folder = posixpath.dirname(kustomization.place)
    for key, below in keys.items():
        for item in _each(kustomization.at(key)):
            for name, node in _names(item, below):
                path = posixpath.normpath(posixpath.join(folder, name))
                yield "" if path == "." else path, node


def patches(code: YamlCode) -> frozenset[str]:
    """The files in or below a kustomization's folder that it lays over objects: they may have parts of objects."""
    return frozenset(path for path, is_below in _patches(code) if is_below)


def patches_elsewhere(code: YamlCode) -> frozenset[str]:
    """The other files that kustomizations lay over objects, which kustomize refuses unless it is told otherwise."""
    return frozenset(path for path, is_below in _patches(code) if not is_below) - patches(code)


def _patches(code: YamlCode) -> Iterator[tuple[str, bool]]:
    for node in kustomizations(code):
        folder = posixpath.dirname(node.place)
        for path in named(node, PATCHES):
            yield path, not folder or path.startswith(f"{folder}/")


def _names(item: Node, keys: Iterable[str]) -> Iterator[tuple[str, Node]]:
    for key in keys:
        for each in _each(item.at(key) if key else item):
            if isinstance(each.value, str) and "\n" not in each.value:
                yield each.value.rpartition("=")[2] if key == WITH_NAMES else each.value, each


def _each(node: Node | None) -> tuple[Node, ...]:
    """The items of a list, or the one value."""
    if node is None:
        return ()
    return node.items() if isinstance(node.value, tuple) else (node,)
