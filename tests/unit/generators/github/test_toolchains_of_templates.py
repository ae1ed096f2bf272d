"""A built-in template is checked in a pipeline with what its image is made of."""

from __future__ import annotations

import re

import pytest

from kr8.drivers.templates.folders import BUILT_IN

NAMES = sorted(path.parent.name for path in BUILT_IN.glob("*/template.toml"))
IMAGES = {"golang": "go", "node": "node", "python": "python"}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_template_is_tested_with_is_what_its_image_is_made_of(name: str) -> None:
    files = BUILT_IN / name / "files"
    ((image, version),) = set(re.findall(r"^FROM (\w+):([\d.]+)", (files / "Dockerfile").read_text(), re.MULTILINE))
    told = dict(re.findall(r'^(go|node|python) = "(.*)"$', (files / "kr8.toml.jinja").read_text(), re.MULTILINE))
    assert list(told) == [IMAGES[image]], f"its image is made of {image} {version}"
    assert f"{version}.".startswith(f"{told[IMAGES[image]]}."), f"its image has {version}"
