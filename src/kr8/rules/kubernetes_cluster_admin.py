"""Nobody may do everything in the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule
from kr8.domain.yaml_code import Node

RULE = Rule(
    name="kubernetes-cluster-admin",
    part=Part.KUBERNETES,
    severity=Severity.HIGH,
    security=True,
    title="Nobody is bound to cluster-admin.",
    why="Who has that role reads every secret of the cluster, and may change every object in it.",
    mend="Bind a Role with the verbs and resources that are needed, in its own namespace.",
    link="https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
)
_BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ci}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ROLE}
subjects:
  - {kind: ServiceAccount, name: ci, namespace: ci}
"""
PASSES = {"ci.yaml": _BINDING.replace("ROLE", "view")}
FAILS = {"ci.yaml": _BINDING.replace("ROLE", "cluster-admin")}
_BINDINGS = ("ClusterRoleBinding", "RoleBinding")
_OWN = "system:masters"
"""The group that Kubernetes itself binds."""


def check(code: Code) -> Iterator[Finding]:
    """Each binding of the role to anybody."""
    for node in code.yaml.manifests():
        if node.text("kind") in _BINDINGS and node.text("roleRef", "name") == "cluster-admin" and _bound(node):
            yield RULE.finding("Somebody is bound to cluster-admin.", node.place)


def _bound(node: Node) -> bool:
    subjects = node.at("subjects")
    return subjects is not None and any(each.text("name") != _OWN for each in subjects.items())
