"""Who has not said who they are has no rights."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule
from kr8.domain.yaml_code import Node

RULE = Rule(
    name="kubernetes-anonymous-access",
    part=Part.KUBERNETES,
    severity=Severity.CRITICAL,
    security=True,
    title="Nobody has a role without saying who they are, and not everybody may change things.",
    why="Whoever reaches the cluster's API has that role, without a key or with any that the cluster knows.",
    mend="Bind the role to the users or service accounts that need it.",
    link="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
)
_BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: "WHO"}
"""
PASSES = {"readers.yaml": _BINDING.replace("WHO", "developers")}
FAILS = {"readers.yaml": _BINDING.replace("WHO", "system:unauthenticated")}
_BINDINGS = ("ClusterRoleBinding", "RoleBinding")
_NOBODY = ("system:anonymous", "system:unauthenticated")
_FOR_ALL = (
    "system:public-info-viewer",  # what Kubernetes itself shows to all: its version, and whether it is well
    "system:service-account-issuer-discovery",  # keys that are public, for those who check its tokens
    "kubeadm:bootstrap-signer-clusterinfo",  # what a node needs before it has a key
)


_ALL_KNOWN = "system:authenticated"
_CHANGING = ("cluster-admin", "admin", "edit")
"""Roles of Kubernetes that change what is in a namespace, and read its secrets."""


def check(code: Code) -> Iterator[Finding]:
    """Each binding of a role to those who are not known, and of one that changes things to all who are."""
    for node in code.yaml.manifests():
        if node.text("kind") in _BINDINGS and (role := node.text("roleRef", "name")) not in _FOR_ALL:
            for each in _subjects(node):
                if each.text("name") in _NOBODY:
                    yield RULE.finding("Anybody has this role.", each.place)
                elif each.text("name") == _ALL_KNOWN and role in _CHANGING:
                    yield RULE.finding("Everybody who has any key has this role.", each.place, Severity.HIGH)


def _subjects(binding: Node) -> Iterator[Node]:
    subjects = binding.at("subjects")
    yield from subjects.items() if subjects is not None else ()
