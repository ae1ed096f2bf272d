"""Each rule finds what its failing example has, and nothing in the passing one."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import pytest
from tests.support.manifests import shop

from kr8 import rules
from kr8.domain.code import Code
from kr8.domain.edits import applied
from kr8.domain.rule import Rule
from kr8.drivers.hcl import reader
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.yaml_files import reader as yaml_reader
from kr8.generators.kubernetes import generate

NAMES = [info.name for info in iter_modules(rules.__path__)]


def code_of(files: Mapping[str, str]) -> Code:
    """An example, read as the checker reads a repository."""
    terraform = {path: text.encode() for path, text in files.items() if path.endswith(reader.SUFFIXES)}
    yaml = {path: text.encode() for path, text in files.items() if path.endswith(yaml_reader.SUFFIXES)}
    others = {path: text for path, text in files.items() if path not in terraform}
    project = TomlProjectFiles().read(files["kr8.toml"].encode()) if "kr8.toml" in files else None
    return Code(reader.read(terraform), others, project, yaml_reader.read(yaml))


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_named_as_its_file_and_says_what_to_do(name: str) -> None:
    rule: Rule = import_module(f"kr8.rules.{name}").RULE
    assert rule.name == name.replace("_", "-")
    assert rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert rule.mend.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_the_passing_example_passes(name: str) -> None:
    module = import_module(f"kr8.rules.{name}")
    code = code_of(module.PASSES)
    assert code.terraform.unreadable == ()
    assert list(module.check(code)) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_failing_example_is_found_where_it_is(name: str) -> None:
    module = import_module(f"kr8.rules.{name}")
    code = code_of(module.FAILS)
    assert code.terraform.unreadable == ()
    found = list(module.check(code))
    assert found
    for finding in found:
        assert finding.rule == f"kr8/{module.RULE.name}"
        path, _, line = str(finding.place).rpartition(":")
        assert path in module.FAILS
        assert 1 <= int(line) <= module.FAILS[path].count("\n")


@pytest.mark.parametrize("name", [name for name in NAMES if hasattr(import_module(f"kr8.rules.{name}"), "edits")])
def test_what_edits_make_of_the_failing_example_passes(name: str) -> None:
    module = import_module(f"kr8.rules.{name}")
    edits = list(module.edits(code_of(module.FAILS)))
    assert edits and {edit.rule for edit in edits} == {f"kr8/{module.RULE.name}"}
    mended = {
        path: applied(text, [edit for edit in edits if edit.path == path])[0] for path, text in module.FAILS.items()
    }
    assert list(module.check(code_of(mended))) == []


@pytest.mark.parametrize("form", ["plain", "kustomize"])
def test_manifests_that_kr8_generates_have_nothing_to_mend(form: str) -> None:
    files = {file.path: file.text for file in generate(shop(form))}
    code = code_of(files)
    assert code.yaml.unreadable == () and len(list(code.yaml.manifests())) > 20
    found = [
        each
        for name in NAMES
        if name.startswith("kubernetes")
        for each in import_module(f"kr8.rules.{name}").check(code)
    ]
    assert found == []


IMAGE = import_module("kr8.rules.kubernetes_image_unpinned")
SECRET = import_module("kr8.rules.kubernetes_plain_secret")
REPLICA = import_module("kr8.rules.kubernetes_single_replica")
DEPLOYMENT = REPLICA.FAILS["web.yaml"]


def places(module: ModuleType, files: Mapping[str, str]) -> list[str]:
    """Where a rule finds something."""
    return [finding.place for finding in module.check(code_of(files))]


@pytest.mark.parametrize("image", ["web", "web:latest", "localhost:5000/web", "ghcr.io/a/web:latest"])
def test_an_image_without_a_version_is_found_in_every_kind_of_workload(image: str) -> None:
    containers = f'{{containers: [{{name: a, image: "{image}"}}]}}'
    texts = {
        "a.yaml": f"apiVersion: v1\nkind: Pod\nspec: {containers}\n",
        "b.yaml": f"---\napiVersion: batch/v1\nkind: Job\nspec: {{template: {{spec: {containers}}}}}\n",
        "c.yaml": "apiVersion: batch/v1\nkind: CronJob\n"
        f"spec: {{jobTemplate: {{spec: {{template: {{spec: {containers}}}}}}}}}\n",
        "d.yaml": f"apiVersion: v1\nkind: Pod\nspec: {containers.replace('containers', 'initContainers')}\n",
    }
    assert places(IMAGE, texts) == ["a.yaml:1", "b.yaml:2", "c.yaml:1", "d.yaml:1"]


@pytest.mark.parametrize("image", ["web:1", "h:5000/web:v1", "web@sha256:aa", "{{ .Values.image }}", "$(REGISTRY)/web"])
def test_an_image_that_is_pinned_or_filled_in_is_not_found(image: str) -> None:
    pod = f'apiVersion: v1\nkind: Pod\nspec: {{containers: [{{name: a, image: "{image}"}}]}}\n'
    assert places(IMAGE, {"a.yaml": pod}) == []


@pytest.mark.parametrize("value", ["$(FROM)", "/run/secret", "true", "30", "", "https://vault.example.com", "${X}"])
def test_what_is_no_secret_is_not_taken_for_one(value: str) -> None:
    assert places(SECRET, {"web.yaml": SECRET.FAILS["web.yaml"].replace("hunter22", f'"{value}"')}) == []


def test_a_patch_that_says_nothing_of_replicas_is_left_alone_and_one_that_says_one_is_not() -> None:
    base = DEPLOYMENT.replace(", namespace: production", "")
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  SAYS\n"
    path = "overlays/production/web.yaml"
    assert places(REPLICA, {"base/web.yaml": base, path: patch.replace("SAYS", "paused: false")}) == []
    assert places(REPLICA, {"base/web.yaml": base, path: patch.replace("SAYS", "replicas: 1")}) == [f"{path}:5"]


@pytest.mark.parametrize(
    "scaler",
    [
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: {scaleTargetRef: {name: web}}\n",
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec: {scaleTargetRef: {name: web}}\n",
    ],
)
def test_what_something_scales_is_not_said_to_run_once(scaler: str) -> None:
    assert places(REPLICA, {"web.yaml": DEPLOYMENT, "scaler.yaml": scaler}) == []
    assert places(REPLICA, {"web.yaml": DEPLOYMENT, "kustomization.yaml": "replicas: [{name: web, count: 3}]\n"}) == []
