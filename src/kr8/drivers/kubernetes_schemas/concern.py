"""Which files are manifests, and what kustomize may be given."""

from __future__ import annotations

import json
import posixpath
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from kr8.domain.finding import split_place
from kr8.domain.infrastructure import overridden
from kr8.domain.kubernetes import KubernetesParameters
from kr8.domain.kustomization import MADE_OF, NAMING, PATCHES, kustomizations, named, named_at
from kr8.domain.manifests import KUSTOMIZATIONS
from kr8.domain.project import Project
from kr8.domain.spelled_out import spelled_out
from kr8.domain.tree import Presence, Tree, folders_above
from kr8.domain.yaml_code import Node, YamlCode

SUFFIXES = (".yaml", ".yml")
JSON = ".json"
SIGNS = (b"apiVersion", b"kind")
_IN_JSON = (re.compile(rb'"apiVersion"\s*:\s*"'), re.compile(rb'"kind"\s*:\s*"'))
OF_OTHERS = (".kr8/", ".github/", ".gitlab/", ".circleci/")
"""Where lies what is no manifest, though it may have one in it: templates, and workflows with scripts."""
_OF_ANOTHER_SCHEMA = b'"$schema"'
"""What says so may have the words of a manifest deeper in it, as templates of Azure do; or it is one all the same."""
OF_AZURE = re.compile(rb'"\$schema"\s*:\s*"[^"]*deploymentTemplate\.json', re.IGNORECASE)
"""A template of Azure: its schema is deploymentTemplate.json, subscriptionDeploymentTemplate.json and so on."""
_FETCHED = re.compile(r"(?:^|[=:])\s*(?:\w+::)?\w+://|^git@|^github\.com/")
_FREE = frozenset({"commonAnnotations", "commonLabels", "labels", "literals", "patch"})
"""What a kustomization says below these is text for the objects, and names nothing that is read."""
_RESOURCES = {key: NAMING[key] for key in ("resources", "bases", "components")}
"""What stands under the other keys may be a text in place of a path."""


def folders(files: Iterable[str]) -> tuple[str, ...]:
    """The folders with a kustomization."""
    return tuple(sorted(posixpath.dirname(path) for path in files if posixpath.basename(path) in KUSTOMIZATIONS))


def charts(files: Iterable[str]) -> frozenset[str]:
    """The folders with a chart of Helm."""
    return frozenset(posixpath.dirname(path) for path in files if posixpath.basename(path) == "Chart.yaml")


def is_of_chart(path: str, known: frozenset[str]) -> bool:
    """Whether a file is a template of one of these charts."""
    return any(True for _ in charts_of(path, known))


def charts_of(path: str, known: frozenset[str]) -> Iterator[str]:
    """Those of these charts that a file is a template of."""
    for parent in PurePosixPath(path).parents if known else ():
        if parent.name == "templates" and (folder := _folder(parent.parent)) in known:
            yield folder


def _folder(path: PurePosixPath) -> str:
    return "" if path == PurePosixPath() else str(path)


def may_be_manifest(root: Path, path: str, known: frozenset[str]) -> bool:
    """Whether a file below a root has the words of a manifest; `known`: the charts, whose templates are filled in."""
    if not path.endswith((*SUFFIXES, JSON)) or path.startswith(OF_OTHERS):
        return False
    content = (root / path).read_bytes()
    return has_signs(path, content) and not (is_of_chart(path, known) and is_filled_in_by_helm(content))


def is_filled_in_by_helm(content: bytes) -> bool:
    """Whether a template of a chart is one: what has no expression is as it is written."""
    return b"{{" in content


def has_signs(path: str, content: bytes) -> bool:
    """Whether a file has the words of a manifest, in the form that its name says."""
    text = spelled_out(content)
    if not path.endswith(JSON):
        return all(sign in text for sign in SIGNS)
    if not all(sign.search(text) for sign in _IN_JSON):
        return False
    return _OF_ANOTHER_SCHEMA not in content or _is_object(content)


def _is_object(content: bytes) -> bool:
    """Whether a JSON text is one object of Kubernetes; what is no JSON may be one that is broken, or has comments."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return OF_AZURE.search(content) is None
    return isinstance(document, dict) and "apiVersion" in document and "kind" in document


def is_below(path: str, among: Collection[str]) -> bool:
    """Whether a file is in one of some folders, or below it."""
    return nearest(path, among) is not None


def nearest(path: str, among: Collection[str]) -> str | None:
    """The folder of some that a file is in, or below, with none of them between."""
    return next((folder for folder in folders_above(path) if folder in among), None)


def is_of_kustomize(path: str, node: Node) -> bool:
    """Whether an object is kustomize's own, which no cluster is given."""
    version = node.text("apiVersion")
    is_plugin = version == "builtin" or version.partition("/")[0].endswith("kustomize.config.k8s.io")
    return is_plugin or posixpath.basename(path) in KUSTOMIZATIONS


def version_of(path: str, project: Project | None) -> str:
    """The version of the cluster that a file is for: that of the environment that a folder is named after."""
    if project is None:
        return KubernetesParameters().version
    for part in PurePosixPath(path).parts:
        environment = project.environments.get(part)
        if environment is not None:
            return overridden(project.infrastructure.kubernetes, environment.infrastructure.kubernetes).version
    return project.infrastructure.kubernetes.version


def hindered(code: YamlCode, tree: Tree) -> dict[str, str]:
    """Why kustomize is not run in a folder: it, or one that it names, would fetch something or cannot be read."""
    own = {path: posixpath.dirname(path) for path in code.files if posixpath.basename(path) in KUSTOMIZATIONS}
    whys: dict[str, str] = {}
    for path, folder in own.items():
        for document in code.files[path].documents:
            for name, place in (*_fetched(document), *_lacking(document, _RESOURCES, tree, Presence.GONE)):
                whys.setdefault(folder, f"{place} names {name}, which is not in this repository")
            for name, place in _lacking(document, NAMING, tree, Presence.UNREAD):
                whys.setdefault(folder, f"{place} names {name}, which was not read")
    here = frozenset(own.values())
    for each in code.unreadable:
        for folder in here.intersection(folders_above(split_place(each.place)[0])):
            whys.setdefault(folder, f"{each.place} cannot be read")
    return _with_users(whys, _users(code, own))


def _users(code: YamlCode, own: Mapping[str, str]) -> dict[str, list[str]]:
    """The folders of kustomizations that name each file or folder."""
    users: dict[str, list[str]] = {}
    for path, folder in own.items():
        for name in {name for document in code.files[path].documents for name in named(document)}:
            users.setdefault(name, []).append(folder)
    return users


def _with_users(whys: Mapping[str, str], users: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """What hinders a folder hinders whatever is made of it, and so on: each is looked at once."""
    every, waiting = dict(whys), deque(sorted(whys))
    while waiting:
        through = waiting.popleft()
        for folder in users.get(through, ()):
            if folder not in every:
                every[folder] = every[through]
                waiting.append(folder)
    return every


def naming(code: YamlCode) -> frozenset[str]:
    """The kustomizations, and the files that come to stand in what they make."""
    own = {path for path in code.files if posixpath.basename(path) in KUSTOMIZATIONS}
    return frozenset(own.union(*(named(each, MADE_OF) for each in kustomizations(code))))


def misnamed(code: YamlCode, files: Collection[str]) -> tuple[str, ...]:
    """The files that kustomizations take for manifests, and that nothing else would: kustomize goes by no name."""
    taken = {path for each in kustomizations(code) for path in named(each, {**PATCHES, **_RESOURCES})}
    unlike = (path for path in taken if not path.endswith((*SUFFIXES, JSON)) or path.startswith(OF_OTHERS))
    return tuple(sorted(path for path in unlike if path in files))


def missing(code: YamlCode, tree: Tree) -> Iterator[tuple[str, str]]:
    """The files and folders that kustomizations name, which are not there; each with the place where it is named."""
    for document in kustomizations(code):
        yield from _lacking(document, _RESOURCES, tree, Presence.GONE)


def _fetched(document: Node) -> Iterator[tuple[str, str]]:
    for way, node in document.walk():
        is_name = isinstance(node.value, str) and not _FREE & {str(step) for step in way}
        if is_name and _FETCHED.search(str(node.value)):
            yield str(node.value)[:200], node.place


def _lacking(
    document: Node, keys: dict[str, tuple[str, ...]], tree: Tree, presence: Presence
) -> Iterator[tuple[str, str]]:
    """What a kustomization is made of, by these keys, and does not get: of this presence."""
    for path, node in named_at(document, keys):
        if not _FETCHED.search(str(node.value)) and tree.presence(path) is presence:
            yield str(node.value)[:200], node.place
