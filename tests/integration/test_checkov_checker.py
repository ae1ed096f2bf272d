"""Which files checkov is given, and what of its answers counts: daemon, command line and checkov itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.cloudformation import STACK
from tests.support.repository import Repository
from tests.support.scene import Said, Scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A home that lies below a hidden folder, as most do: there the copies are that checkov looks at."""
    with Scene(tmp_path_factory.mktemp("user") / ".local/kr8") as made:
        yield made


@pytest.fixture
def shop(scene: Scene, tmp_path: Path) -> Repository:
    return Repository(scene, tmp_path / "shop")


def found(said: Said) -> set[tuple[str, str]]:
    """Rules and places."""
    findings = [each for each in said.value["findings"] if each["rule"].startswith("checkov/")]
    return {(each["rule"].removeprefix("checkov/"), each["untrusted_place"]) for each in findings}


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'a:1'}]}\n"
PART = POD.replace("image: 'a:1'", "tty: true")
NO_LIMIT = "CKV_K8S_11"
"""What a part of an object lacks, and a whole one that says no limit of the processor."""


def test_what_a_part_lacks_is_in_what_it_is_laid_over_and_what_a_whole_object_lacks_is_found(shop: Repository) -> None:
    named = "[part.yaml, whole.yaml, ../other/part.yaml]"
    shop.write("over/kustomization.yaml", f"resources: [base.yaml]\npatchesStrategicMerge: {named}\n")
    for path, text in (("base", POD), ("whole", POD), ("part", PART)):
        shop.write(f"over/{path}.yaml", text)
    shop.write("other/part.yaml", PART)
    said = shop.validate("kubernetes", "--limit", "1000", code=8)
    places = {place for rule, place in found(said) if rule == NO_LIMIT}
    assert places == {"over/base.yaml:1", "over/whole.yaml:1", "other/part.yaml:1"}


ON_HOST = POD.replace("spec: {", "spec: {hostPID: true, ")
HOST = "CKV_K8S_17"


def test_a_manifest_is_one_whatever_stands_in_it_or_before_it(shop: Repository) -> None:
    shop.write("words.yaml", f"{ON_HOST}status: |\n  {STACK.replace(chr(10), chr(10) + '  ')}\n")
    shop.write("empty.yaml", f"[]\n---\n{ON_HOST}")
    shop.write("plays.yaml", f"- hosts: all\n---\n{ON_HOST}")
    shop.write("stack.yaml", STACK)
    rules = found(shop.validate("--limit", "1000", code=8))
    assert {(HOST, "words.yaml:1"), (HOST, "empty.yaml:3"), (HOST, "plays.yaml:3")} <= rules
    assert ("CKV_AWS_24", "stack.yaml:3") in rules


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        (".k8s/pod.yaml", ON_HOST, "hidden folder"),
        ("main.tf.json", '{"resource": {}}', ".tf.json"),
        ("tag.yaml", f"{ON_HOST}status: !own a\n", "left out objects"),
        ("helm.yaml", f"{ON_HOST}status: '{{{{ .Values.a }}}}'\n", "left out objects"),
        ("name.yaml", f"{POD}---\n{ON_HOST}status: {{name: '#'}}\n", "left out objects"),
        ("stacks.yaml", f"{STACK}---\n{STACK}", "could not read"),
        ("both.yaml", f"{ON_HOST}---\n{STACK}", "could not read"),
    ],
)
def test_what_checkov_leaves_out_without_a_word_is_not_checked_by_it(
    shop: Repository, path: str, text: str, why: str
) -> None:
    shop.write(path, text)
    (told,) = [each for each in shop.validate().value["not_checked"] if each["checker"] == "checkov"]
    assert path in told["untrusted_why"] and why in told["untrusted_why"]


def test_a_manifest_is_one_however_its_words_are_spelled(shop: Repository) -> None:
    shop.write("escaped.yaml", ON_HOST.replace("apiVersion", '"api\\x56ersion"'))
    shop.write("wide.yaml", "")
    (shop.folder / "wide.yaml").write_bytes(ON_HOST.encode("utf-16"))
    said = shop.validate("--limit", "1000", code=8)
    assert {"escaped.yaml"} == {each["untrusted_why"].partition(":")[0] for each in said.value["not_checked"]}
    assert (HOST, "wide.yaml:1") in found(said)
    assert "kubernetes/unreadable" in {each["rule"] for each in said.value["findings"]}


ODD = {
    "labels": POD.replace("{name: a}", "{name: a, labels: [b]}"),
    "metadata": POD.replace("{name: a}", "null"),
    "reason": POD.replace("{name: a}", '{name: a, annotations: {checkov.io/skip1: "CKV_K8S_11=a=b"}}'),
    "capabilities": POD.replace("'a:1'", "'a:1', securityContext: {capabilities: b}"),
}
"""At each of these checkov ends."""


def test_an_object_that_checkov_stumbles_over_keeps_it_from_no_other_one(shop: Repository) -> None:
    for name, text in ODD.items():
        shop.write(f"{name}.yaml", text)
    shop.write("host.yaml", ON_HOST)
    said = shop.validate("--limit", "1000", code=8)
    told = " ".join(each["untrusted_why"] for each in said.value["not_checked"] if each["checker"] == "checkov")
    assert (HOST, "host.yaml:1") in found(said) and "host.yaml" not in told
    assert all((f"{name}.yaml" in told) is (name != "metadata") for name in ODD), "no cluster takes it without a name"


def test_what_is_no_object_of_a_cluster_is_not_missed(shop: Repository) -> None:
    shop.write("kind.yaml", "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n")
    shop.write(
        "kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n"
    )
    said = shop.validate("kubernetes", "--limit", "1000")
    assert not [each for each in said.value["not_checked"] if each["checker"] == "checkov"]


def test_objects_of_lists_and_those_that_the_cluster_names_are_judged(shop: Repository) -> None:
    item = "\n".join(f"      {line}" for line in ON_HOST.splitlines()).lstrip()
    shop.write("named.yaml", ON_HOST.replace("{name: a}", "{generateName: a-}"))
    shop.write("pods.yaml", f"apiVersion: v1\nkind: PodList\nitems:\n    - {item}\n")
    nested = f"apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: List\n    items:\n    - {item}\n"
    shop.write("nested.yaml", nested)
    said = shop.validate("--limit", "1000", code=8)
    assert {(HOST, "named.yaml:1"), (HOST, "pods.yaml:4"), (HOST, "nested.yaml:7")} <= found(said)
    assert not [each for each in said.value["not_checked"] if each["checker"] == "checkov"]
