"""Manifests name versions of the API that clusters still have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.edits import Edit
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.merging import split_place
from kr8.domain.rule import Rule
from kr8.domain.yaml_code import Node

RULE = Rule(
    name="kubernetes-removed-api",
    part=Part.KUBERNETES,
    severity=Severity.HIGH,
    title="No manifest names a version of the API that was removed.",
    why="The cluster refuses the object; of these kinds it is the same object in the newer version.",
    mend="Name the version that took its place; kr8 validate --fix does it.",
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
SAME = {
    ("policy/v1beta1", "PodDisruptionBudget"): "policy/v1",
    ("batch/v1beta1", "CronJob"): "batch/v1",
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler"): "autoscaling/v2",
    ("rbac.authorization.k8s.io/v1beta1", "Role"): "rbac.authorization.k8s.io/v1",
    ("rbac.authorization.k8s.io/v1beta1", "RoleBinding"): "rbac.authorization.k8s.io/v1",
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRole"): "rbac.authorization.k8s.io/v1",
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRoleBinding"): "rbac.authorization.k8s.io/v1",
    ("storage.k8s.io/v1beta1", "StorageClass"): "storage.k8s.io/v1",
    ("scheduling.k8s.io/v1beta1", "PriorityClass"): "scheduling.k8s.io/v1",
}
"""Removed versions whose objects need nothing but the newer name. Others change more, and the schemas tell of them."""


def check(code: Code) -> Iterator[Finding]:
    """Each object of such a version, at its apiVersion."""
    for named, newer in _removed(code):
        yield RULE.finding(f"This version of the API was removed: {newer} took its place.", named.place)


def edits(code: Code) -> Iterator[Edit]:
    """The newer name, where the line says nothing but the older one."""
    for named, newer in _removed(code):
        path, line = split_place(named.place)
        text = code.texts.get(path, "").split("\n")[line - 1 : line]
        plain = re.fullmatch(
            rf"(\s*apiVersion:\s*['\"]?){re.escape(str(named.value))}(['\"]?\s*(?:#.*)?\r?)", "".join(text)
        )
        if plain is not None:
            rule = f"kr8/{RULE.name}"
            yield Edit(rule=rule, path=path, line=line, old=tuple(text), new=(f"{plain[1]}{newer}{plain[2]}",))


def _removed(code: Code) -> Iterator[tuple[Node, str]]:
    for node in code.yaml.manifests():
        newer = SAME.get((node.text("apiVersion"), node.text("kind")))
        named = node.at("apiVersion")
        if newer is not None and named is not None:
            yield named, newer
