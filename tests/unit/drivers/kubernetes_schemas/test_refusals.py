"""What the schemas take and an API server refuses."""

from __future__ import annotations

import pytest

from kr8.drivers.kubernetes_schemas.refusals import refusals
from kr8.drivers.yaml_files import reader

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  strategy: {type: RollingUpdate}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      restartPolicy: Always
      initContainers: [{name: a, image: "a:1", imagePullPolicy: Always}]
      containers:
        - name: web
          image: web:1
          imagePullPolicy: IfNotPresent
          ports: [{containerPort: 80, protocol: TCP}]
          resources:
            requests: {cpu: 100m, memory: 64Mi, example.com/gpu: 1}
            limits: {cpu: "0.5", memory: 1.5e9, ephemeral-storage: 2G}
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: ClusterIP, ports: [{port: 80}]}\n"


def refused(text: str) -> list[tuple[str, str]]:
    """Where, and why."""
    (node,) = reader.read({"a.yaml": text.encode()}).manifests()
    return [(".".join(map(str, way)), why) for way, why in refusals(node)]


@pytest.mark.parametrize(
    ("right", "wrong", "where"),
    [
        ("IfNotPresent", "Alwayz", "spec.template.spec.containers.0.imagePullPolicy"),
        ("imagePullPolicy: Always", "imagePullPolicy: always", "spec.template.spec.initContainers.0.imagePullPolicy"),
        ("100m", "100x", "spec.template.spec.containers.0.resources.requests.cpu"),
        ("64Mi", "64MB", "spec.template.spec.containers.0.resources.requests.memory"),
        ("protocol: TCP", "protocol: HTTP", "spec.template.spec.containers.0.ports.0.protocol"),
        ("type: RollingUpdate", "type: Rolling", "spec.strategy.type"),
        ("restartPolicy: Always", "restartPolicy: Never", "spec.template.spec.restartPolicy"),
        ("matchLabels: {app: web}", "matchLabels: {app: api}", "spec.selector.matchLabels.app"),
        ("labels: {app: web, tier: front}", "name: x", "spec.selector.matchLabels.app"),
    ],
)
def test_a_value_that_its_field_does_not_have_is_refused(right: str, wrong: str, where: str) -> None:
    assert right in DEPLOYMENT
    assert [place for place, _ in refused(DEPLOYMENT.replace(right, wrong, 1))] == [where]


def test_each_mistake_is_told_and_what_is_right_or_filled_in_later_is_not() -> None:
    assert refused(DEPLOYMENT) == refused(SERVICE) == []
    assert refused(DEPLOYMENT.replace("100m", '"${CPU}"').replace("IfNotPresent", '"{{ pull }}"')) == []
    assert (
        len(refused(DEPLOYMENT.replace("100m", "100x").replace("64Mi", "64MB").replace("IfNotPresent", "Often"))) == 3
    )
    assert refused(DEPLOYMENT.replace("IfNotPresent", '""')) == [], "an empty word is the default"
    (told,) = refused(SERVICE.replace("ClusterIP", "Clusterip"))
    assert told == ("spec.type", "'Clusterip' is none of ClusterIP, NodePort, LoadBalancer, ExternalName")


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "CronJob"])
@pytest.mark.parametrize("spec", ["", "spec: null\n"])
def test_what_runs_nothing_is_refused(kind: str, spec: str) -> None:
    (told,) = refused(f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\n{spec}")
    assert told[0] == "spec" and "nothing to run" in told[1]


def test_a_claim_asks_for_a_quantity_in_a_mode() -> None:
    claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec:\n  accessModes: [ReadWriteOnce]\n"
    claim += "  resources: {requests: {storage: 10Gi}}\n"
    assert refused(claim) == []
    wrong = refused(claim.replace("ReadWriteOnce", "RWO").replace("10Gi", "10GB"))
    assert [place for place, _ in wrong] == ["spec.accessModes.0", "spec.resources.requests.storage"]
