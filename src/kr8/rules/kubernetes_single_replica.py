"""What serves in production runs more than once in the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.kustomization import kustomizations
from kr8.domain.manifests import Workload, is_production, workloads
from kr8.domain.rule import Rule
from kr8.domain.yaml_code import YamlCode

RULE = Rule(
    name="kubernetes-single-replica",
    part=Part.KUBERNETES,
    severity=Severity.LOW,
    title="What serves in production runs twice or more.",
    why="One pod is down whenever its node is drained, upgraded or lost.",
    mend="Say replicas: 2, or have a HorizontalPodAutoscaler with minReplicas: 2.",
    link="https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
)
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: production}
spec:
  replicas: 1
  template:
    spec:
      containers:
        - {name: web, image: "web:1"}
"""
PASSES = {"web.yaml": _DEPLOYMENT.replace("replicas: 1", "replicas: 2")}
FAILS = {"web.yaml": _DEPLOYMENT}
_REPEATED = ("Deployment", "StatefulSet")


def check(code: Code) -> Iterator[Finding]:
    """Each Deployment and StatefulSet of production with one replica, if nothing else in the repository scales it."""
    scaled = _scaled(code.yaml)
    for workload in workloads(code.yaml):
        named = workload.node.text("metadata", "name")
        if workload.kind in _REPEATED and is_production(workload.node) and named not in scaled and _is_one(workload):
            replicas = workload.node.at("spec", "replicas") or workload.node
            yield RULE.finding("It runs once in production.", replicas.place)


def _is_one(workload: Workload) -> bool:
    """Whether it says one; where it says nothing, one is what Kubernetes takes, and a patch leaves as it was."""
    replicas = workload.node.at("spec", "replicas")
    return replicas.value == 1 if replicas is not None else any(workload.containers())


def _scaled(code: YamlCode) -> frozenset[str]:
    """The names of what an autoscaler or a kustomization scales."""
    listed = (each.at("replicas") for each in kustomizations(code))
    counts = {entry.text("name") for each in listed if each is not None for entry in each.items()}
    scalers = {each.text("spec", "scaleTargetRef", "name") for each in code.manifests()}
    return frozenset((counts | scalers) - {""})
