"""What hadolint says, as values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kr8.domain.finding import Finding, Severity
from kr8.domain.merging import merged
from kr8.drivers.hadolint.driver import is_image
from kr8.drivers.hadolint.parse import found


def said(code: str, level: str = "warning", **more: Any) -> bytes:
    each = {"code": code, "column": 1, "file": "./Dockerfile", "level": level, "line": 1, "message": "Pin it", **more}
    return json.dumps([each]).encode()


def test_a_finding_has_its_rule_its_place_and_where_more_is_written() -> None:
    (finding,) = found(said("DL3007")) or ()
    assert (finding.rule, finding.place, finding.severity) == ("hadolint/DL3007", "Dockerfile:1", Severity.MEDIUM)
    assert finding.link.endswith("/hadolint/wiki/DL3007") and finding.why == "Pin it"


def test_what_shellcheck_says_within_it_goes_by_shellchecks_rule() -> None:
    (finding,) = found(said("SC2086", "info", line=0)) or ()
    assert (finding.rule, finding.place, finding.severity) == ("shellcheck/SC2086", "Dockerfile:1", Severity.LOW)


def test_what_checkov_finds_too_is_one_finding() -> None:
    other = Finding(rule="checkov/CKV_DOCKER_7", severity=Severity.MEDIUM, what="No latest.", place="Dockerfile:1")
    (one,) = merged([other, *(found(said("DL3007")) or ())])
    assert {one.finding.rule, *one.also} == {"checkov/CKV_DOCKER_7", "hadolint/DL3007"}


def test_no_answer_is_no_answer() -> None:
    assert found(b"hadolint: broken") is None and found(b"[]") == ()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("Dockerfile", True),
        ("a/Dockerfile.dev", True),
        ("api.Dockerfile", True),
        ("Containerfile", True),
        ("Dockerfiles/readme.md", False),
        ("dockerfile.py", False),
    ],
)
def test_an_image_is_known_by_the_name_of_its_file(path: str, told: bool) -> None:
    assert is_image(path) is told
