"""A template that is not kr8's own cannot keep kr8 busy, nor eat its memory."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from kr8.domain.problem import Refused
from kr8.drivers.process.driver import Processes
from kr8.drivers.templates.driver import FolderTemplates

TOML = """\
name = "mine"
version = "1.0.0"
kind = "project"
description = "Hostile."
[[parameters]]
name = "name"
type = "string"
description = "Its name."
"""


def code(home: Path, text: str, toml: str = TOML, name: str = "shop") -> str:
    files = home / "templates" / "mine" / "files"
    files.mkdir(parents=True)
    (files / "out.jinja").write_text(text)
    (files.parent / "template.toml").write_text(toml)
    templates = FolderTemplates(home, Processes(os.environ), limit_seconds=2)
    with pytest.raises(Refused) as caught:
        asyncio.run(templates.render("mine", {"name": name}))
    return caught.value.problem.code


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 'x' * 10000000000 }}",
        "{% set x = namespace(s='xxxxxxxx') %}{% for i in range(60) %}{% set x.s = x.s ~ x.s %}{% endfor %}",
        "{{ 9 ** 999999999 }}",
        "{{ 'x' * 30000000 }}",
    ],
)
def test_an_expression_without_end_meets_a_limit(tmp_path: Path, text: str) -> None:
    assert code(tmp_path, text) == "template_limit"


def test_a_pattern_without_end_meets_a_limit(tmp_path: Path) -> None:
    assert code(tmp_path, "x", TOML + "pattern = '(a+)+b'\n", "a" * 60) == "template_limit"


@pytest.mark.parametrize("name", ["..", ".git/hooks", "a/../../b"])
def test_a_path_that_would_leave_is_refused_in_the_child_too(tmp_path: Path, name: str) -> None:
    files = tmp_path / "templates" / "mine" / "files"
    files.mkdir(parents=True)
    (files / "{{ name }}").write_text("")
    (files.parent / "template.toml").write_text(TOML)
    with pytest.raises(Refused) as caught:
        asyncio.run(FolderTemplates(tmp_path, Processes(os.environ)).render("mine", {"name": name}))
    assert caught.value.problem.code == "path_outside"
