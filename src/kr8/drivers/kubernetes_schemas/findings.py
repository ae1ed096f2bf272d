"""What was said of manifests, as findings (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Gap
from kr8.domain.removed_apis import REMOVED
from kr8.domain.yaml_code import Node, YamlCode
from kr8.drivers.kubernetes_schemas.given import path_of
from kr8.drivers.kubernetes_schemas.refusals import refusals

_EXPRESSION = re.compile(rb"(?<!\$)\{\{|\{%")
_QUOTED = re.compile(rb"\"(?:[^\"\\]|\\.)*\"|\\[\\\"]|'[^']*'|(?:^|\s)#.*")
"""What YAML takes for text, or for nothing."""
TEMPLATE = (
    "from here on this is a template, and was not judged. Validate what it makes; where it is to be YAML itself, put "
    "the braces between quotes."
)
ALONE = (
    "no kustomization in or above its folder has it, and it may be a patch, for it is no whole object: it was not "
    "judged."
)
MISNAMED = (
    "a kustomization takes it for manifests, and rules, policies and checkov do not: they go by .yaml, .yml and .json, "
    "and pass over .kr8 and the folders of pipelines. Rename or move it."
)
NO_SCHEMA = (
    "no schema is here for this kind, and what it says was not judged. Put its schema into .kr8/schemas, or ask the "
    "cluster: kubectl apply --dry-run=server."
)
STATUS = ["status"]
"""What a cluster writes itself: of an object that is created it takes none, whole or not."""
YAML = "https://yaml.org/spec/1.2.2/"
LINK = "https://kubernetes.io/docs/reference/kubernetes-api/"


class Judged(Protocol):
    """An object that was asked about."""

    @property
    def node(self) -> Node:
        """The object."""
        ...

    @property
    def version(self) -> str:
        """The cluster's version."""
        ...

    @property
    def overlay(self) -> str:
        """The kustomization that made it; "": it is written so."""
        ...

    @property
    def given(self) -> str | None:
        """The repository's own schema for it; None: it has none."""
        ...


class Places:
    """Where objects are written."""

    def __init__(self, code: YamlCode) -> None:
        self._first: dict[tuple[str, str], Node] = {}
        for node in code.manifests():
            self._first.setdefault(_name(node), node)

    def of(self, each: Judged, path: Iterable[str | int]) -> str:
        """Where a field is written; of what kustomize made, in the file that it was made from, if that has it too."""
        written = self._first.get(_name(each.node)) if each.overlay else each.node
        found = written.at(*path) if written is not None else None
        return found.place if found is not None else f"{each.overlay}:1" if each.overlay else each.node.place


def _name(node: Node) -> tuple[str, str]:
    return node.text("kind"), node.text("metadata", "name")


def broken(code: YamlCode, texts: Mapping[str, bytes]) -> Iterator[Finding]:
    """Files that cannot be read and are no templates, and keys that stand twice; `texts`: the files, by path."""
    for each in code.unreadable:
        if is_filled_in(texts, each.place):
            continue
        yield Finding(
            rule="kubernetes/unreadable",
            severity=Severity.HIGH,
            what="This file cannot be read from here on.",
            why=f"{each.why}.",
            mend="Mend it: what follows was not checked.",
            place=each.place,
            link=YAML,
        )
    for path in code.files:
        for double in code.files[path].doubled:
            yield Finding(
                rule="kubernetes/duplicate-key",
                severity=Severity.HIGH,
                what="A key stands twice in one mapping.",
                why=f"{double.key[:100]} stands at {double.first} already: only the last counts.",
                mend="Remove one of the two.",
                place=double.place,
                link=f"{YAML}#mapping",
            )


def filled_in(code: YamlCode, texts: Mapping[str, bytes]) -> Iterator[Gap]:
    """Templates, which are no YAML before something fills them in."""
    for each in code.unreadable:
        if is_filled_in(texts, each.place):
            yield Gap(why=TEMPLATE, what=each.place, place=each.place, lasting=True)


def alone(paths: Iterable[str]) -> Iterator[Gap]:
    """Files that no kustomization names, and that are not whole."""
    for path in paths:
        yield Gap(why=ALONE, what=path, place=path, lasting=True)


def misnamed(paths: Iterable[str]) -> Iterator[Gap]:
    """Files that nobody would take for manifests but kustomize."""
    for path in paths:
        yield Gap(why=MISNAMED, what=path, place=path, lasting=True)


def is_filled_in(texts: Mapping[str, bytes], place: str) -> bool:
    """Whether the line that is no YAML, or the one before it, has an expression that something fills in."""
    path, _, number = place.rpartition(":")
    lines = texts.get(path, b"").splitlines()
    before = int(number) if number.isdecimal() else 0
    return any(_EXPRESSION.search(_QUOTED.sub(b"", line)) for line in lines[max(0, before - 2) : before])


def told(asked: Iterable[Judged], answers: Iterable[dict[str, Any] | None], places: Places) -> Iterator[Finding]:
    """What the schemas do not take."""
    for each, answer in zip(asked, answers, strict=True):
        if answer is None or answer.get("unknown"):
            continue
        for error in answer["errors"]:
            if error["lacks"] and error["path"][:1] == STATUS:
                continue
            yield Finding(
                rule="kubernetes/schema",
                severity=Severity.HIGH,
                what=f"The schema of {error['schema']} does not take this object.",
                why=_why(each.node, error["path"], error["message"]),
                mend="Mend the field, or say another version in [infrastructure.kubernetes] of kr8.toml.",
                place=places.of(each, error["path"]),
                link=LINK,
            )


def refused(asked: Iterable[Judged], places: Places) -> Iterator[Finding]:
    """What an API server refuses, though the schemas take it."""
    for each in asked:
        for way, why in refusals(each.node):
            yield Finding(
                rule="kubernetes/refused",
                severity=Severity.HIGH,
                what="An API server refuses this object or its pods, though the schema takes it.",
                why=_why(each.node, way, why),
                mend="Mend the field; `kubectl apply --dry-run=server` asks a cluster.",
                place=places.of(each, way),
                link=LINK,
            )


def _why(node: Node, path: Iterable[str | int], message: str) -> str:
    return f"{node.text('kind')} {node.text('metadata', 'name')}: {'.'.join(map(str, path)) or 'it'}: {message}"


def unjudged(asked: Iterable[Judged], answers: Iterable[dict[str, Any] | None], places: Places) -> Iterator[Gap]:
    """The objects for whose kind there is no schema here."""
    for each, answer in zip(asked, answers, strict=True):
        if answer is not None and answer.get("unknown") and not _is_told(each.node):
            kind, place = f"{each.node.text('kind')} ({each.node.text('apiVersion')})", places.of(each, ())
            yield Gap(why=NO_SCHEMA, what=f"{kind} at {place}", place=place, lasting=True)


def unfit(asked: Iterable[Judged], answers: Iterable[dict[str, Any] | None]) -> Iterator[Finding]:
    """The repository's own schemas that are none, each once."""
    whys = {
        path_of(each.node): str(answer["unfit"])
        for each, answer in zip(asked, answers, strict=True)
        if answer is not None and "unfit" in answer
    }
    for path, why in whys.items():
        yield Finding(
            rule="kubernetes/schema-not-valid",
            severity=Severity.HIGH,
            what="This is no schema that objects can be judged by.",
            why=f"{why}.",
            mend="Put in its place a JSON schema (draft 7) that refers to no other file.",
            place=f"{path}:1",
            link="https://json-schema.org/draft-07",
        )


def missing(named: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """What kustomizations name, by name and place, that is not there."""
    for name, place in named:
        yield Finding(
            rule="kubernetes/missing-resource",
            severity=Severity.HIGH,
            what="A kustomization names what is not in this repository: kustomize refuses all of it.",
            why=f"There is no {name}.",
            mend="Mend the name, or commit what it names.",
            place=place,
            link="https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/",
        )


def _is_told(node: Node) -> bool:
    """Whether kr8's own rule says what is wrong with it: no cluster takes it."""
    return (node.text("apiVersion"), node.text("kind")) in REMOVED
