"""Not every pod talks to every other."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.manifests import SERVING, workloads
from kr8.domain.rule import Rule

RULE = Rule(
    name="kubernetes-no-network-policy",
    part=Part.KUBERNETES,
    severity=Severity.LOW,
    security=True,
    title="A NetworkPolicy says who talks to whom.",
    why="Without one every pod of the cluster reaches every other: whoever is in one is next to the database.",
    mend="Deny all in the namespace, and allow what is needed; generate_kubernetes writes it so.",
    link="https://kubernetes.io/docs/concepts/services-networking/network-policies/",
)
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - {name: web, image: "web:1"}
"""
PASSES = {
    "web.yaml": f"{_DEPLOYMENT}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: deny}}\n"
    "spec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n"
}
FAILS = {"web.yaml": _DEPLOYMENT}


def check(code: Code) -> Iterator[Finding]:
    """The first object that serves, where the repository has no such policy of any kind."""
    if any(node.text("kind").endswith("NetworkPolicy") for node in code.yaml.manifests()):
        return
    for workload in workloads(code.yaml):
        if workload.kind in SERVING and any(workload.containers()):
            yield RULE.finding("Nothing here says who may talk to it.", workload.node.place)
            return
