"""Manifests have no secrets in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.manifests import is_filled_in, workloads
from kr8.domain.rule import Rule
from kr8.domain.yaml_code import Node

RULE = Rule(
    name="kubernetes-plain-secret",
    part=Part.KUBERNETES,
    severity=Severity.HIGH,
    security=True,
    title="No manifest has a secret as plain text.",
    why="Who reads the repository, or may look at a pod, has it; and it stays in the history.",
    mend="Replace it, keep it in a secret store, and refer to it by valueFrom.secretKeyRef.",
    link="https://kubernetes.io/docs/concepts/configuration/secret/",
)
_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: web:1
      env:
        - name: DATABASE_PASSWORD
"""
PASSES = {
    "web.yaml": f"{_POD}          valueFrom: {{secretKeyRef: {{name: db, key: password}}}}\n"
    "        - {name: API_TOKEN, value: $(INJECTED)}\n        - {name: TOKEN_FILE, value: /run/token}\n"
}
FAILS = {
    "web.yaml": f"{_POD}          value: hunter22\n",
    "settings.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  api_key: hunter22\n",
}
_NAMED = re.compile(r"(?:password|passwd|secret|token|api_?key|access_?key|private_?key|credentials?)$", re.IGNORECASE)
_HARMLESS = re.compile(r"(?:true|false|none|null|\d*|/.*|https?://.*)", re.IGNORECASE)


def check(code: Code) -> Iterator[Finding]:
    """Each variable and each entry of a ConfigMap that is named like a secret and has its value written out."""
    for workload in workloads(code.yaml):
        for container in workload.containers("initContainers", "containers"):
            listed = container.at("env")
            for entry in listed.items() if listed is not None else ():
                yield from _found(entry.text("name"), entry.at("value"), "A variable")
    for node in code.yaml.manifests():
        data = node.at("data") if node.text("kind") == "ConfigMap" else None
        for name, value in data.entries().items() if data is not None else ():
            yield from _found(name, value, "An entry of a ConfigMap")


def _found(name: str, value: Node | None, what: str) -> Iterator[Finding]:
    text = value.value if value is not None else None
    if value is None or not isinstance(text, str) or not _NAMED.search(name):
        return
    if not _HARMLESS.fullmatch(text) and not is_filled_in(text):
        yield RULE.finding(f"{what} that is named like a secret has its value here.", value.place)
