"""Versions of Kubernetes' API that are gone: what is told of them, and what is mended by a name."""

from __future__ import annotations

import pytest

from kr8.domain.code import Code
from kr8.drivers.kubernetes_schemas.findings import unjudged
from kr8.drivers.yaml_files import reader
from kr8.rules import kubernetes_removed_api

PDB = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {{name: web}}\nspec: {{minAvailable: 1{}}}\n"


def code(text: str) -> Code:
    return Code(yaml=reader.read({"a.yaml": text.encode()}), texts={"a.yaml": text})


def of(version: str, kind: str) -> str:
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: web}}\n"


@pytest.mark.parametrize(
    ("version", "kind", "told"),
    [
        ("extensions/v1beta1", "Deployment", "Kubernetes 1.16 removed Deployment of extensions/v1beta1: apps/v1 took"),
        ("networking.k8s.io/v1beta1", "Ingress", "Kubernetes 1.22 removed Ingress"),
        ("policy/v1beta1", "PodSecurityPolicy", "nothing took its place"),
    ],
)
def test_what_is_gone_is_told_with_what_took_its_place(version: str, kind: str, told: str) -> None:
    (finding,) = kubernetes_removed_api.check(code(of(version, kind)))
    assert told in finding.what
    assert finding.place == "a.yaml:1"
    assert not list(kubernetes_removed_api.edits(code(of(version, kind)))), "its fields changed too"


def test_what_is_there_is_not_told() -> None:
    assert not list(kubernetes_removed_api.check(code(of("apps/v1", "Deployment") + "---\n" + of("a.example/v1", "A"))))


@pytest.mark.parametrize("selector", ["", ", selector: {}", ", selector: {matchLabels: {}}"])
def test_a_budget_that_chose_no_pod_is_not_made_one_that_chooses_all(selector: str) -> None:
    assert list(kubernetes_removed_api.check(code(PDB.format(selector))))
    assert not list(kubernetes_removed_api.edits(code(PDB.format(selector))))


def test_a_budget_that_chose_some_is_mended_by_the_name() -> None:
    (edit,) = kubernetes_removed_api.edits(code(PDB.format(", selector: {matchLabels: {app: web}}")))
    assert edit.new == ("apiVersion: policy/v1",)


def test_it_is_not_said_besides_that_no_schema_is_here() -> None:
    ingress = code(of("extensions/v1beta1", "Ingress")).yaml

    class Asked:
        node = next(ingress.manifests())
        version, overlay = "1.34", ""

    assert list(unjudged([Asked()], [{"unknown": True}], ingress)) == []
