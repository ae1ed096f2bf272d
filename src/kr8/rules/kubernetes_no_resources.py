"""Containers say what they need."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.manifests import SERVING, workloads
from kr8.domain.rule import Rule
from kr8.domain.yaml_code import Node

RULE = Rule(
    name="kubernetes-no-resources",
    part=Part.KUBERNETES,
    severity=Severity.MEDIUM,
    title="A container says what memory and CPU it needs, and what memory it may take at most.",
    why="Without requests pods land on nodes that are full, and are the first to be killed; without a limit one leak "
    "takes the node.",
    mend="Give resources.requests for cpu and memory, and resources.limits for memory.",
    link="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
)
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: web:1
          resources:
            requests: {cpu: 100m, memory: 64Mi}
"""
PASSES = {"web.yaml": f"{_DEPLOYMENT}            limits: {{memory: 128Mi}}\n"}
FAILS = {"web.yaml": _DEPLOYMENT}
_NEEDED = (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))


def check(code: Code) -> Iterator[Finding]:
    """Each object that serves and has a container without one of the three."""
    for workload in workloads(code.yaml):
        if workload.kind in SERVING and any(_lacks(each) for each in workload.containers()):
            yield RULE.finding("A container does not say what it needs, or what it may take.", workload.node.place)


def _lacks(container: Node) -> bool:
    return any(container.at("resources", *way) is None for way in _NEEDED)
