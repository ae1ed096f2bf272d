"""Which YAML files are Ansible's, and which lookups they make (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kr8.domain.tree import folders_above
from kr8.domain.yaml_code import Node, YamlCode

PLAY = ("hosts", "import_playbook", "ansible.builtin.import_playbook")
"""What an item of a playbook has one of."""
IMPORTS = frozenset({"import_playbook", "import_tasks", "include_tasks", "include_vars", "vars_files"})
_IN_ROLES = re.compile(r"(?P<home>(?:.*/)?)roles/[^/]+/tasks/main\.ya?ml")
_OF_A_ROLE = re.compile(r"(?P<home>(?:.*/)?)(?:tasks|meta)/main\.ya?ml")
"""Of a role that lies in no folder `roles`: it has both."""
_COLLECTION = re.compile(r"(?P<home>(?:.*/)?)galaxy\.ya?ml")
_CALL = re.compile(
    r"""\b(?:lookup|query|q)\b(?P<called>\s*\()?\s*"""
    r"""(?:(?P<quote>['"])(?P<name>[\w.]+)(?P=quote)\s*(?P<end>[,)])\s*(?:(?P<mark>['"])(?P<first>(?:(?!(?P=mark)).)*)(?P=mark)\s*[,)])?)?""",
    re.DOTALL,
)
"""A name that anything but the end of an argument follows is no name: Jinja joins texts, by signs and without."""
_PYTHON = re.compile(r"__\w+__")
"""By such names an expression comes from a value to everything that Python has."""
_TEMPLATE = re.compile(r"\{[{%]")


@dataclass(frozen=True)
class Lookup:
    """A lookup: by call, or by a loop `with_NAME`."""

    name: str
    """Without its collection; "": what it is, or what else is evaluated here, is known only when it is."""
    first: str
    """Its first argument where that is written out; else ""."""
    place: str
    """file:line"""


def playbooks(code: YamlCode) -> tuple[str, ...]:
    """The files that are playbooks: lists with a play in them."""
    return tuple(path for path, file in code.files.items() if any(_is_playbook(each) for each in file.documents))


def _is_playbook(document: Node) -> bool:
    return any(key in item.entries() for item in document.items() for key in PLAY)


def by_root(code: YamlCode) -> dict[str, tuple[str, ...]]:
    """The folders of Ansible's files, none within another: those of playbooks, or above a folder `playbooks`; those of
    collections, of roles, and above a folder `roles`.

    With each the YAML files below it that may be Ansible's: not those that are manifests of Kubernetes.
    """
    homes = frozenset({*(_home(path) for path in playbooks(code)), *_homes_of_roles(code)})
    found: dict[str, list[str]] = {home: [] for home in sorted(homes) if not homes & set(folders_above(home))}
    for path, file in code.files.items():
        root = next((folder for folder in folders_above(path) if folder in found), None)
        if root is not None and not _is_manifest(file.documents):
            found[root].append(path)
    return {root: tuple(paths) for root, paths in found.items()}


def is_of_a_role(path: str) -> bool:
    """Whether its name says that Ansible's files are around it, though no playbook is there."""
    return any(form.fullmatch(path) for form in (_IN_ROLES, _OF_A_ROLE, _COLLECTION))


def _homes_of_roles(code: YamlCode) -> Iterator[str]:
    for path, file in code.files.items():
        in_roles, collection, alone = (form.fullmatch(path) for form in (_IN_ROLES, _COLLECTION, _OF_A_ROLE))
        if in_roles is not None:
            yield in_roles["home"].rstrip("/")
        if collection is not None and any(each.text("namespace") for each in file.documents):
            yield collection["home"].rstrip("/")
        if alone is not None and all(_has(code, f"{alone['home']}{part}/main") for part in ("tasks", "meta")):
            yield alone["home"].rstrip("/")


def _has(code: YamlCode, name: str) -> bool:
    return f"{name}.yml" in code.files or f"{name}.yaml" in code.files


def _home(playbook: str) -> str:
    folder = playbook.rpartition("/")[0]
    above, _, name = folder.rpartition("/")
    return above if name == "playbooks" else folder


def _is_manifest(documents: Iterable[Node]) -> bool:
    return any(each.text("apiVersion") and each.text("kind") for each in documents)


def imports(code: YamlCode) -> Iterator[tuple[str, str]]:
    """Each path that Ansible reads as soon as it reads a playbook, and where it is written ("path:line")."""
    for node in _nodes(code):
        for key, value in node.entries().items():
            if key.rpartition(".")[2] in IMPORTS:
                listed = value.items() or (value.at("file") or value.at("name") or value,)
                yield from ((each.value, each.place) for each in listed if isinstance(each.value, str))


def lookups(code: YamlCode) -> Iterator[Lookup]:
    """Every lookup in Ansible's files. A text that Ansible does not evaluate (!unsafe) makes none."""
    for node in _nodes(code):
        yield from _looked_up(node)


def _nodes(code: YamlCode) -> Iterator[Node]:
    """Every node of Ansible's files, once."""
    for path in sorted(path for paths in by_root(code).values() for path in paths):
        seen: set[int] = set()
        for document in code.files[path].documents:
            for _, node in document.walk():
                if id(node) not in seen:
                    seen.add(id(node))
                    yield node


def _looked_up(node: Node) -> Iterator[Lookup]:
    for key, value in node.entries().items():
        if key.startswith("with_"):
            first = value.items()[0].text() if value.items() else value.text()
            yield Lookup(key.removeprefix("with_").rpartition(".")[2], first, value.place)
    texts = [node.value] if isinstance(node.value, str) and node.tag != "!unsafe" else []
    for text in (*texts, *(each for each in node.entries() if _TEMPLATE.search(each))):
        for found in _CALL.finditer(text):
            if found["called"]:
                argument = str(found["first"] or "") if found["end"] == "," else ""
                yield Lookup(str(found["name"] or "").rpartition(".")[2], argument, node.place)
            elif _TEMPLATE.search(text) and found[0].strip() in ("lookup", "query"):
                yield Lookup("", "", node.place)
        if _TEMPLATE.search(text) and _PYTHON.search(text):
            yield Lookup("", "", node.place)
