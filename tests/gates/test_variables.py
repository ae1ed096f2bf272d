"""The product reads no variable of its environment but its settings and what it hands to itself and to services."""

from __future__ import annotations

import re

from tests.support.tree import ROOT

from kr8.settings import ALL

VARIABLE = re.compile(r'"_?(KR8_[A-Z_]+)"')
OWN = {"KR8_SUPERVISOR_FDS", "KR8_COMPLETE", "KR8_GIVEN", "KR8_THEN_"}
"""What the supervisor hands to its next image and to the launcher, and what click has a shell say for completion."""
GIVEN = {
    "KR8_ENVIRONMENT",
    "KR8_INSTANCE",
    "KR8_RELEASE",
    "KR8_SERVICE",
    "KR8_VERSION",
    "KR8_SUPERVISOR",
    "KR8_SCHEMA_BLOCKS",
    "KR8_SCHEMA_TYPES",
}
"""What services and tools are given, and what marks their processes."""


def test_every_variable_that_the_source_names_is_known() -> None:
    named = {name for file in (ROOT / "src").rglob("*.py") for name in VARIABLE.findall(file.read_text())}
    assert named <= {each.variable for each in ALL} | OWN | GIVEN, "a variable that nobody is told of"
