"""Each rule finds what its failing example has, and nothing in the passing one."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

import pytest

from kr8 import rules
from kr8.domain.code import Code
from kr8.domain.rule import Rule
from kr8.drivers.hcl import reader
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.yaml_files import reader as yaml_reader

NAMES = [info.name for info in iter_modules(rules.__path__)]


def code_of(files: Mapping[str, str]) -> Code:
    """An example, read as the checker reads a repository."""
    terraform = {path: text.encode() for path, text in files.items() if path.endswith(reader.SUFFIXES)}
    yaml = {path: text.encode() for path, text in files.items() if path.endswith(yaml_reader.SUFFIXES)}
    others = {path: text for path, text in files.items() if path not in terraform and path not in yaml}
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
