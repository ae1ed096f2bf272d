"""A version never has two contents: projects follow built-in templates by their versions."""

from __future__ import annotations

import pytest
from tests.support.tree import ROOT

from kr8.drivers.templates import contents
from kr8.drivers.templates.folders import BUILT_IN, Folder, describe

KNOWN = ROOT / "tests" / "data" / "templates.txt"
NAMES = sorted(path.parent.name for path in BUILT_IN.glob("*/template.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_the_content_of_a_version_is_the_one_that_is_written_down(name: str) -> None:
    template = describe(name, Folder(BUILT_IN / name, "built-in"))
    versions = {
        tuple(line.split()[:2]): line.split()[2] for line in KNOWN.read_text().splitlines() if line and line[0] != "#"
    }
    digest = contents.digest(contents.read(BUILT_IN / name))
    known = versions.get((name, template.version))
    assert known == digest, (
        f"{name} {template.version} has another content than {KNOWN.name} says. Where that version was given to "
        f"anybody, raise it in template.toml; then add the line\n{name} {template.version} {digest}"
    )
