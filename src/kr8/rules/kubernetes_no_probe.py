"""Kubernetes knows when a container may have traffic."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.manifests import SERVING, workloads
from kr8.domain.rule import Rule

RULE = Rule(
    name="kubernetes-no-probe",
    part=Part.KUBERNETES,
    severity=Severity.MEDIUM,
    title="A container that listens says when it is ready.",
    why="Without a readiness probe a pod has traffic from its first instant, and a rollout goes on over versions that "
    "do not answer.",
    mend="Give it a readinessProbe that asks what its users ask.",
    link="https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
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
          ports: [{containerPort: 8000}]
"""
PASSES = {"web.yaml": f"{_DEPLOYMENT}          readinessProbe: {{httpGet: {{path: /healthz, port: 8000}}}}\n"}
FAILS = {"web.yaml": _DEPLOYMENT}


def check(code: Code) -> Iterator[Finding]:
    """Each object that serves and has a container with ports and without a readiness probe."""
    for workload in workloads(code.yaml):
        listening = [each for each in workload.containers() if each.at("ports") is not None]
        if workload.kind in SERVING and any(each.at("readinessProbe") is None for each in listening):
            yield RULE.finding("A container listens and has no readiness probe.", workload.node.place)
