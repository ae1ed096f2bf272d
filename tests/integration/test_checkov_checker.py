"""Which files checkov is given, and what of its answers counts: daemon, command line and checkov itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.repository import Repository
from tests.support.scene import Said, Scene


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Scene() as made:
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
