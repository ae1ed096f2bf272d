"""Policies that find more than is told are not taken for checked, whoever has them find so much."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.checking import checked, write

from kr8.domain.infrastructure_check import CheckState
from kr8.drivers.process.driver import Processes
from kr8.drivers.rego.driver import MOST_BYTES, MOST_POLICIES, RegoChecker
from kr8.drivers.rego.findings import MOST
from kr8.drivers.toolbox.places import places

LOUD = """\
package main

import rego.v1

warn contains sprintf("%d", [i]) if some i in numbers.range(1, 2500)

deny contains "no" if input.kind == "Pod"
"""


def test_what_is_left_out_is_not_checked(tmp_path: Path) -> None:
    project = write(tmp_path / "r", {".kr8/policies/loud.rego": LOUD, "pod.yaml": "apiVersion: v1\nkind: Pod\n"})
    opa = places(Path(os.environ["KR8_TOOLS"]))["opa"]
    result = checked(RegoChecker(Processes(os.environ), opa, tmp_path / "none"), project)
    assert result.state is CheckState.NOT_CHECKED and len(result.findings) == MOST
    assert "found 5,001 things" in result.why and ".kr8/policies" in result.why
    assert result.findings[0].rule == "rego/main.deny"


def test_what_is_too_large_to_be_read_is_not_checked(tmp_path: Path) -> None:
    project = write(tmp_path / "r", {"pod.yaml": "apiVersion: v1\nkind: Pod\n"})
    write(tmp_path / "home", {"large.rego": f"{LOUD}# {'x' * MOST_BYTES}"})
    opa = places(Path(os.environ["KR8_TOOLS"]))["opa"]
    checker = RegoChecker(Processes(os.environ), opa, tmp_path / "home")
    result = checked(checker, project)
    assert result.state is CheckState.NOT_CHECKED and "KR8_HOME/policies 1 were not read" in result.why
    write(tmp_path / "home", {f"{number}.rego": "package x" for number in range(MOST_POLICIES + 1)})
    assert "2 were not read" in checked(checker, project).why
