"""Containers run a known image."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.kustomization import kustomizations
from kr8.domain.manifests import is_filled_in, workloads
from kr8.domain.rule import Rule
from kr8.domain.yaml_code import YamlCode

RULE = Rule(
    name="kubernetes-image-unpinned",
    part=Part.KUBERNETES,
    severity=Severity.MEDIUM,
    title="A container's image is named by a version or a digest.",
    why="latest is another image tomorrow: two pods of one Deployment run two programs, and no rollback helps.",
    mend="Name a version, or better a digest; or have a kustomization do so in `images`.",
    link="https://kubernetes.io/docs/concepts/containers/images/#image-names",
)
PASSES = {
    "web.yaml": """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: web, image: "registry.example.com:5000/web:1.2"}
    - {name: side, image: side}
""",
    "kustomization.yaml": "resources: [web.yaml]\nimages:\n  - {name: side, newTag: '1.0'}\n",
}
FAILS = {
    "web.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - {name: web, image: "registry.example.com:5000/web"}
"""
}


def check(code: Code) -> Iterator[Finding]:
    """Each object with an image that has neither tag nor digest, or the tag latest; templates are not known."""
    known = _pinned_elsewhere(code.yaml)
    for workload in workloads(code.yaml):
        images = [each.text("image") for each in workload.containers("initContainers", "containers")]
        if any(not _pinned(image) and _name(image) not in known for image in images):
            yield RULE.finding("A container's image is not pinned.", workload.node.place)


def _pinned(image: str) -> bool:
    tag = image.rpartition("/")[2].partition(":")[2]
    return "@" in image or is_filled_in(image) or tag not in ("", "latest")


def _name(image: str) -> str:
    return image.removesuffix(":latest")


def _pinned_elsewhere(code: YamlCode) -> frozenset[str]:
    images = (each.at("images") for each in kustomizations(code))
    entries = [entry for listed in images if listed is not None for entry in listed.items()]
    return frozenset(each.text("name") for each in entries if {"newTag", "digest"} & set(each.entries()))
