"""Projects whose manifests are generated in tests, and the real tools that read these."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from tests.support.values import HOSTILE

from kr8.domain.project import Project
from kr8.domain.source import SourceFile
from kr8.generators.kubernetes import FOLDER, generate

KUBECTL = "kubectl"
CUSTOM = frozenset({"HTTPRoute", "ServiceMonitor", "PrometheusRule"})
"""Kinds that a cluster knows by a CustomResourceDefinition: no schema of Kubernetes has them."""

Manifest = dict[str, Any]


def shop(form: str = "kustomize", **kubernetes: Any) -> Project:
    """A project with every kind of service, and environments that differ in all that may."""
    return Project.model_validate(shop_values(form, **kubernetes))


def shop_values(form: str = "kustomize", **kubernetes: Any) -> Manifest:
    return {
        "project": {"name": "shop", "id": "prj_7k2m9q", "description": HOSTILE},
        "services": {
            "api": {
                "run": ["serve", "{port}"],
                "health": {"path": "/healthz", "ready_limit": "31s"},
                "env": {"LOG_LEVEL": "info", "GREETING": HOSTILE},
                "secrets": ["DATABASE_URL", "TOKEN"],
                "monitoring": {"metrics": "/metrics"},
                "slo": {"errors": "0.5%", "p99": "300ms"},
                "before": {"run": ["migrate", "--to", "$(HOME)"]},
            },
            "web": {"run": ["serve"], "needs": ["api"], "monitoring": {"metrics": "/metrics"}, "memory": "512M"},
            "mailer": {"kind": "worker", "run": ["work"], "needs": ["api"], "instances": 2},
            "import": {"kind": "job", "run": ["work"]},
            "report": {"kind": "job", "run": ["work"]},
        },
        "environments": {
            "development": {"strategy": {"kind": "rolling", "surge": 0, "unavailable": 1}},
            "staging": {"strategy": {"kind": "blue-green"}, "env": {"LOG_LEVEL": "debug", "yes": "no"}, "keep": 5},
            "production": {
                "strategy": {"kind": "canary", "drain_limit": "1m"},
                "scale": {"api": {"min": 2, "max": 8}, "web": {"min": 3, "max": 3}, "mailer": {"min": 2, "max": 4}},
                "infrastructure": {"kubernetes": PRODUCTION},
            },
        },
        "infrastructure": {
            "kubernetes": {
                "form": form,
                "pull_secret": "registry",
                "services": {"report": {"schedule": "0 3 * * *"}, "api": {"cpu_limit": 2}},
                **kubernetes,
            }
        },
    }


PRODUCTION: Manifest = {
    "registry": "registry.example.com:5000/team",
    "pull_secret": "production-registry",
    "user": 20000,
    "gateway": "internet",
    "services": {
        "api": {
            "version": "1.2.3",
            "port": 9000,
            "command": ["serve", "$(PATH)", "{port}", "--name=a b"],
            "cpu_request": "250m",
            "memory_limit": "1G",
            "public": True,
            "callers": [{"namespace": "partner"}, {"network": "10.1.0.0/16", "ports": [9000]}],
            "calls": [{"network": "0.0.0.0/0", "ports": [443, 5432]}],
        },
        "web": {"hosts": ["shop.example.com", "*.shop.example.com"], "version": f"sha256:{'a1' * 32}"},
        "report": {"schedule": "@daily", "time_zone": "Europe/Berlin", "run_limit": "2h"},
    },
}


def write(files: Iterable[SourceFile], folder: Path) -> Path:
    """Write generated files; the folder of the manifests among them."""
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    return folder / FOLDER


def generated(project: Project, folder: Path) -> Path:
    """Generate, and write."""
    return write(generate(project), folder)


def kubectl(*argv: str, stdin: str = "") -> str:
    """What kubectl prints, which talks to no cluster here."""
    found = subprocess.run([KUBECTL, *argv], input=stdin, capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 0, found.stderr
    return found.stdout


def kustomized(overlay: Path) -> list[Manifest]:
    """The objects that kustomize makes of an overlay."""
    return manifests(kubectl("kustomize", str(overlay)))


def plain(folder: Path) -> list[Manifest]:
    """The objects that stand below a folder."""
    return [each for path in sorted(folder.rglob("*.yaml")) for each in manifests(path.read_text(encoding="utf-8"))]


def manifests(text: str) -> list[Manifest]:
    """The documents of a text; a key that stands twice is an error."""
    return list(yaml.load_all(text, Loader=Unique))


def by_name(values: Iterable[Manifest]) -> dict[tuple[str, str], Manifest]:
    """The objects by kind and name, each of which there is once."""
    found: dict[tuple[str, str], Manifest] = {}
    for value in values:
        key = value["kind"], value["metadata"]["name"]
        assert key not in found, key
        found[key] = value
    return found


def pods(value: Mapping[str, Any]) -> Iterator[Manifest]:
    """The templates of pods in an object."""
    spec = value.get("spec", {})
    if "template" in spec:
        yield spec["template"]
    if "jobTemplate" in spec:
        yield spec["jobTemplate"]["spec"]["template"]


class Unique(yaml.CSafeLoader):
    """PyYAML's reader, which refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"{node.start_mark}: {keys}"
        return super().construct_mapping(node, deep)
