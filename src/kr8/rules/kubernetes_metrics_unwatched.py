"""What shows its measures is watched."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.manifests import SERVING, Workload, workloads
from kr8.domain.rule import Rule
from kr8.domain.yaml_code import Node

RULE = Rule(
    name="kubernetes-metrics-unwatched",
    part=Part.KUBERNETES,
    severity=Severity.LOW,
    title="Somebody collects what a metrics port shows.",
    why="Measures that nobody collects raise no alarm: it is users who tell that it is down.",
    mend="Add a ServiceMonitor or a PodMonitor whose selector has its labels; generate_kubernetes writes one.",
    link="https://prometheus-operator.dev/docs/developer/getting-started/",
)
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: "web:1"
          ports: [{name: metrics, containerPort: 9090}]
"""
_MONITOR = """\
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}, podMetricsEndpoints: [{port: metrics}]}
"""
PASSES = {"web.yaml": _DEPLOYMENT + _MONITOR}
FAILS = {"web.yaml": _DEPLOYMENT}
_ANNOTATION = "prometheus.io/scrape"


def check(code: Code) -> Iterator[Finding]:
    """Each workload with a port that is named after metrics, where nothing selects it or a Service before it."""
    objects = tuple(code.yaml.manifests())
    for workload in workloads(code.yaml):
        if workload.kind in SERVING and _shows_measures(workload) and not _is_watched(workload, objects):
            yield RULE.finding("It has a metrics port that nobody asks.", workload.node.place)


def _shows_measures(workload: Workload) -> bool:
    ports = (container.at("ports") for container in workload.containers())
    return any("metrics" in port.text("name") for each in ports if each is not None for port in each.items())


def _is_watched(workload: Workload, objects: tuple[Node, ...]) -> bool:
    pods = workload.node.at("spec", "template") or workload.node
    services = [
        each for each in objects if each.text("kind") == "Service" and _selects(each.at("spec", "selector"), pods)
    ]
    if any(_ANNOTATION in _noted(each) for each in (pods, *services)):
        return True
    watched = {"PodMonitor": (pods,), "ServiceMonitor": tuple(services)}
    return any(
        _selects(monitor.at("spec", "selector", "matchLabels"), each)
        for monitor in objects
        for each in watched.get(monitor.text("kind"), ())
    )


def _selects(labels: Node | None, selected: Node) -> bool:
    """Whether the labels fit; one that is not written may be given by a kustomization."""
    for name, wanted in labels.entries().items() if labels is not None else ():
        own = selected.at("metadata", "labels", name)
        if own is not None and own.value != wanted.value:
            return False
    return True


def _noted(node: Node) -> frozenset[str]:
    annotations = node.at("metadata", "annotations")
    return frozenset(annotations.entries()) if annotations is not None else frozenset()
