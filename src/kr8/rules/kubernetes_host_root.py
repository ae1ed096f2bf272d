"""No container is its machine."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.manifests import Workload, workloads
from kr8.domain.rule import Rule
from kr8.domain.yaml_code import Node

RULE = Rule(
    name="kubernetes-host-root",
    part=Part.KUBERNETES,
    severity=Severity.CRITICAL,
    security=True,
    title="No privileged container has the root of its machine.",
    why="Whoever gets into it is root on the node: of every pod there, and of the node's keys to the cluster.",
    mend="Mount the one folder that is needed, read-only, and remove privileged: true.",
    link="https://kubernetes.io/docs/concepts/security/pod-security-standards/",
)
_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
    - name: agent
      image: agent:1
      securityContext: {privileged: true}
      volumeMounts: [{name: host, mountPath: /host}]
  volumes:
    - {name: host, hostPath: {path: FOLDER}}
"""
PASSES = {"agent.yaml": _POD.replace("FOLDER", "/var/log")}
FAILS = {"agent.yaml": _POD.replace("FOLDER", "/")}
_LISTS = ("containers", "initContainers")


def check(code: Code) -> Iterator[Finding]:
    """Each privileged container that mounts it."""
    for workload in workloads(code.yaml):
        roots = set(_roots(workload))
        for container in workload.containers(*_LISTS) if roots else ():
            privileged = container.at("securityContext", "privileged")
            if privileged is not None and privileged.value is True and not roots.isdisjoint(_mounted(container)):
                yield RULE.finding("A privileged container mounts the root of its machine.", container.place)


def _roots(workload: Workload) -> Iterator[str]:
    volumes = workload.spec.at("volumes")
    for volume in volumes.items() if volumes is not None else ():
        path = volume.text("hostPath", "path")
        if path and posixpath.normpath(path) in ("/", "//"):
            yield volume.text("name")


def _mounted(container: Node) -> frozenset[str]:
    mounts = container.at("volumeMounts")
    return frozenset(each.text("name") for each in mounts.items()) if mounts is not None else frozenset()
