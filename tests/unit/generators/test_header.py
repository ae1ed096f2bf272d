"""Every generated file begins alike, whichever generator has written it."""

from __future__ import annotations

import pytest
from tests.support.pipelines import project, shop

from kr8.drivers.terraform.configuration import GENERATED
from kr8.generators import ansible, github, kubernetes, terraform
from kr8.version import VERSION

GENERATORS = {
    "generate_terraform": terraform.generate,
    "generate_kubernetes": kubernetes.generate,
    "generate_ansible": ansible.generate,
    "generate_pipeline": github.generate,
}


@pytest.mark.parametrize("operation", GENERATORS)
def test_a_file_says_who_wrote_it_and_what_becomes_of_a_change(operation: str) -> None:
    said = f"Written by kr8 {VERSION}, {operation}, from kr8.toml. What you change here is kept and merged."
    files = GENERATORS[operation](project(shop()))
    assert files and all(said in "\n".join(file.text.splitlines()[:2]) for file in files)


def test_terraform_knows_its_own_files_also_those_of_an_earlier_kr8() -> None:
    (first, *_) = [file for file in terraform.generate(project(shop())) if file.path.endswith(".tf")]
    for text in (first.text, "# Made by kr8 0.1.0 (generate_terraform) from kr8.toml.\n"):
        assert GENERATED.match(text)
    assert not GENERATED.match("# Written by ada, from kr8.toml.\n")
