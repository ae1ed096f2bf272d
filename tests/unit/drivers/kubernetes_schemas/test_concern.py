"""Which files are manifests, for which version, and what kustomize would fetch."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.calls import lines_run

from kr8.domain.kubernetes import KubernetesParameters
from kr8.domain.tree import Tree
from kr8.drivers.kubernetes_schemas.concern import (
    charts,
    folders,
    hindered,
    is_below,
    is_of_chart,
    may_be_manifest,
    missing,
    naming,
    version_of,
)
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.yaml_files import reader

PROJECT = b"""\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["serve", "{port}"]

[infrastructure.kubernetes]
version = "1.33"

[environments.staging]
listen = { web = "127.0.0.1:8001" }

[environments.staging.infrastructure.kubernetes]
version = "1.35"
"""


def fetched(text: str, **files: str) -> list[str]:
    """What a kustomization in the folder k names that is not here."""
    code = reader.read({"k/kustomization.yaml": text.encode()})
    whys = hindered(code, Tree(["k/kustomization.yaml", *files], ())).values()
    return [why.partition(" names ")[2].removesuffix(", which is not in this repository") for why in whys]


def test_the_version_is_that_of_the_environment_that_a_folder_is_named_after() -> None:
    project = TomlProjectFiles().read(PROJECT)
    assert version_of("infra/kubernetes/overlays/staging/kustomization.yaml", project) == "1.35"
    assert version_of("infra/kubernetes/base/kustomization.yaml", project) == "1.33"
    assert version_of("a.yaml", None) == KubernetesParameters().version


def test_what_kustomize_would_fetch_is_found_and_text_for_objects_is_not() -> None:
    assert fetched("resources: [a.yaml, ../base]\n", **{"k/a.yaml": "", "base/kustomization.yaml": ""}) == []
    assert fetched("resources: [gone.yaml]\n") == ["gone.yaml"]
    assert fetched("patches: [{path: 'https://example.com/p.yaml'}]\n") == ["https://example.com/p.yaml"]
    assert fetched("configMapGenerator: [{name: a, files: ['x=http://e/x']}]\n") == ["x=http://e/x"]
    assert fetched("commonAnnotations: {home: 'https://example.com'}\n") == []


def test_what_a_folder_is_made_of_hinders_it_too_and_no_other_one() -> None:
    files = {
        "far/kustomization.yaml": b"resources: ['https://example.com/a']\n",
        "near/kustomization.yaml": b"transformers: [../far]\n",
        "top/kustomization.yaml": b"resources: [../near, ../own]\n",
        "own/kustomization.yaml": b"resources: [a.yaml]\n",
        "own/a.yaml": b"kind: A\n",
        "broken/kustomization.yaml": b"resources: [\n",
    }
    whys = hindered(reader.read(files), Tree(files, ()))
    assert set(whys) == {"far", "near", "top", "broken"}
    assert whys["top"] == whys["far"] and "https://example.com/a" in whys["far"]
    assert whys["broken"] == "broken/kustomization.yaml:2 cannot be read"


def lines_for(length: int) -> int:
    """What a chain of kustomizations costs of which the last cannot be built."""
    chain = {f"k{at:03}/kustomization.yaml": f"resources: [../k{at + 1:03}]\n".encode() for at in range(length)}
    code, tree = reader.read(chain), Tree(chain, ())
    lines = lines_run(lambda: hindered(code, tree))
    assert len(hindered(code, tree)) == length
    return lines


def test_a_long_chain_of_kustomizations_is_walked_once() -> None:
    few, many = lines_for(30), lines_for(300)
    assert many < 12 * few


def test_what_is_there_and_was_not_read_is_not_missing() -> None:
    names = "[crds.yaml, ../linked/web.yaml, ../large, gone.yaml]"
    code = reader.read({"k/kustomization.yaml": f"resources: {names}\n".encode()})
    tree = Tree(["k/kustomization.yaml"], ["k/crds.yaml", "linked", "large/all.yaml"])
    assert [name for name, _ in missing(code, tree)] == ["gone.yaml"]
    (why,) = hindered(reader.read({"k/kustomization.yaml": b"resources: [crds.yaml]\n"}), tree).values()
    assert why == "k/kustomization.yaml:1 names crds.yaml, which was not read"


def test_a_sign_of_equality_is_part_of_a_path_but_in_the_files_of_generators() -> None:
    text = (
        "resources: [env=prod, a=b.yaml]\npatches: [{path: c=d.yaml}]\n"
        "configMapGenerator: [{name: a, files: [x.ini=y.ini, z.ini], envs: [e=f.env]}]\n"
    )
    code = reader.read({"k/kustomization.yaml": text.encode()})
    own = {"k/kustomization.yaml", "k/env=prod", "k/a=b.yaml", "k/c=d.yaml", "k/y.ini", "k/z.ini", "k/e=f.env"}
    assert naming(code) == own
    assert [name for name, _ in missing(code, Tree(["k/env=prod/a.yaml", "k/b.yaml"], ()))] == ["a=b.yaml"]


@pytest.mark.parametrize(
    "text", ["configMapGenerator: [{name: a, files: [b=large.bin]}]\n", "patches: [{path: large.bin}]\n"]
)
def test_kustomize_is_not_run_without_a_file_that_was_not_read(text: str) -> None:
    tree = Tree(["k/kustomization.yaml"], ["k/large.bin"])
    (why,) = hindered(reader.read({"k/kustomization.yaml": text.encode()}), tree).values()
    assert why.startswith("k/kustomization.yaml:1 names") and why.endswith("large.bin, which was not read")


def test_templates_of_charts_are_no_manifests() -> None:
    files = ("chart/Chart.yaml", "chart/templates/web.yaml", "chart/templates/more/a.yaml", "templates/web.yaml")
    assert [is_of_chart(path, charts(files)) for path in files] == [False, True, True, False]
    assert is_of_chart("templates/a.yaml", charts(["Chart.yaml"]))


def test_a_hidden_folder_hides_no_manifest(tmp_path: Path) -> None:
    for folder, may_be in ((".k8s", True), (".github/workflows", False), (".kr8/templates/a/files", False)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "pod.yaml").write_text("apiVersion: v1\nkind: Pod\n")
        assert may_be_manifest(tmp_path, f"{folder}/pod.yaml", frozenset()) is may_be


OF_AZURE = '"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"'
VERSIONED = '"resources": [{"apiVersion": "2023-01-01", "kind": "StorageV2"}]'


@pytest.mark.parametrize(
    ("text", "may_be"),
    [
        ('{"$schema": "a", "apiVersion": "v1", "kind": "Pod"}', True),
        ('{"apiVersion": "v1", "kind": "Pod", "metadata": {"annotations": {"$schema": "a"}}}', True),
        ('{"$schema": "a", "apiVersion": "v1", "kind": "Pod", }', True),
        (f"{{{OF_AZURE}, {VERSIONED}}}", False),
        (f"{{/* Storage. */ {OF_AZURE}, {VERSIONED}}}", False),
        ('{"$schema": "a", "items": [{"apiVersion": "v1", "kind": "Pod"}]}', False),
    ],
)
def test_a_schema_that_is_named_hides_no_manifest_in_json(tmp_path: Path, text: str, may_be: bool) -> None:
    (tmp_path / "a.json").write_text(text)
    assert may_be_manifest(tmp_path, "a.json", frozenset()) is may_be


def test_folders_with_a_kustomization() -> None:
    assert folders(["k/kustomization.yaml", "Kustomization", "a/b.yaml"]) == ("", "k")
    assert is_below("k/a/b.yaml", ["k"]) and is_below("x", [""]) and not is_below("kk/a", ["k"])
