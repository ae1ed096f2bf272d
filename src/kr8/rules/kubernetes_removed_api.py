"""Manifests name versions of the API that clusters still have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.edits import Edit
from kr8.domain.finding import Finding, Severity, split_place
from kr8.domain.infrastructure_check import Part
from kr8.domain.removed_apis import REMOVED, Removed
from kr8.domain.rule import Rule
from kr8.domain.yaml_code import Node

RULE = Rule(
    name="kubernetes-removed-api",
    part=Part.KUBERNETES,
    severity=Severity.HIGH,
    title="No manifest names a version of the API that was removed.",
    why="The cluster refuses the object, whatever else it says.",
    mend="Write it for the version that took its place; where the name alone changes, kr8 validate --fix does it.",
    link="https://kubernetes.io/docs/reference/using-api/deprecation-guide/",
)
FAILS = {
    "web.yaml": """\
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
"""
}
PASSES = {"web.yaml": FAILS["web.yaml"].replace("v1beta1", "v1")}


def check(code: Code) -> Iterator[Finding]:
    """Each object of such a version, at its apiVersion."""
    for node, removed in _removed(code):
        instead = f"{removed.newer} took its place" if removed.newer else "nothing took its place"
        what = f"Kubernetes {removed.since} removed {node.text('kind')} of {node.text('apiVersion')}: {instead}."
        yield RULE.finding(what, node.entries()["apiVersion"].place)


def edits(code: Code) -> Iterator[Edit]:
    """The newer name, where the object needs nothing else and the line says nothing but the older one."""
    for node, removed in _removed(code):
        if not removed.is_same or _chooses_nothing(node):
            continue
        named = node.entries()["apiVersion"]
        path, line = split_place(named.place)
        text = code.texts.get(path, "").split("\n")[line - 1 : line]
        older = re.escape(node.text("apiVersion"))
        plain = re.fullmatch(rf"(\s*\"?apiVersion\"?:\s*['\"]?){older}(['\"]?,?\s*(?:#.*)?\r?)", "".join(text))
        if plain is not None:
            rule = f"kr8/{RULE.name}"
            new = f"{plain[1]}{removed.newer}{plain[2]}"
            yield Edit(rule=rule, path=path, line=line, old=tuple(text), new=(new,))


def _removed(code: Code) -> Iterator[tuple[Node, Removed]]:
    for node in code.yaml.manifests():
        removed = REMOVED.get((node.text("apiVersion"), node.text("kind")))
        if removed is not None:
            yield node, removed


def _chooses_nothing(node: Node) -> bool:
    """An empty selector of a PodDisruptionBudget chose no pod in the old version, and chooses all in the newer one."""
    selector = node.at("spec", "selector")
    chosen = selector.entries().values() if selector else ()
    return node.text("kind") == "PodDisruptionBudget" and not any(each.value for each in chosen)
