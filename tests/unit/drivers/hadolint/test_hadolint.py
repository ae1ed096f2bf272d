"""What hadolint says, as values."""

from __future__ import annotations

import json
from typing import Any

from kr8.domain.dockerfile import spaced
from kr8.domain.finding import Finding, Severity
from kr8.domain.merging import merged
from kr8.drivers.hadolint.parse import found, judged


def said(code: str, level: str = "warning", **more: Any) -> bytes:
    each = {"code": code, "column": 1, "file": "./Dockerfile", "level": level, "line": 1, "message": "Pin it", **more}
    return json.dumps([each]).encode()


def one(code: str, level: str = "warning", **more: Any) -> Finding:
    found_ = found(said(code, level, **more))
    assert found_ is not None and len(found_) == 1
    return found_[0]


def test_a_finding_has_its_rule_its_place_and_where_more_is_written() -> None:
    finding = one("DL3007")
    assert (finding.rule, finding.place, finding.severity) == ("hadolint/DL3007", "Dockerfile:1", Severity.MEDIUM)
    assert finding.link.endswith("/hadolint/wiki/DL3007") and finding.why == "Pin it"


def test_what_it_quotes_in_its_own_rules_stays_in_the_headline() -> None:
    said = "Multiple `HEALTHCHECK` instructions found. Only the last `HEALTHCHECK` takes effect"
    assert one("DL3012", "error", message=said).what == "Multiple HEALTHCHECK instructions found."
    assert one("DL4000", "error").severity is Severity.LOW


def test_what_shellcheck_says_within_it_goes_by_shellchecks_rule() -> None:
    finding = one("SC2086", "info", line=0)
    assert (finding.rule, finding.place, finding.severity) == ("shellcheck/SC2086", "Dockerfile:1", Severity.LOW)


def test_what_checkov_finds_too_is_one_finding() -> None:
    other = Finding(rule="checkov/CKV_DOCKER_7", severity=Severity.MEDIUM, what="No latest.", place="Dockerfile:1")
    (both,) = merged([other, one("DL3007")])
    assert {both.finding.rule, *both.also} == {"checkov/CKV_DOCKER_7", "hadolint/DL3007"}


def test_no_answer_is_no_answer() -> None:
    assert found(b"hadolint: broken") is None and found(b"[]") == ()


def test_what_shellcheck_says_of_commands_for_another_shell_does_not_hold() -> None:
    text = "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN if exist a (del a)\nFROM alpine:3\nRUN echo $1\n"
    both = (one("SC1072", "error", line=2), one("SC2086", line=4))
    kept, unread = judged(both, {"Dockerfile": spaced(text)})
    assert ([each.place for each in kept], unread) == (["Dockerfile:4"], ())


def test_a_here_document_that_it_does_not_understand_is_no_mistake() -> None:
    stopped = (one("DL1000", "error", line=3),)
    several = spaced("FROM a:1\nRUN <<A cat && <<B cat\n1\nA\n2\nB\nUSER 1\n")
    assert judged(stopped, {"Dockerfile": several}) == ((), ("Dockerfile",))
    for broken in ("FROM a:1\nRUN true\nUSR 1\n", "FROM a:1\nRUN <<EOF\nEOF\nUSR 1\n"):
        assert len(judged(stopped, {"Dockerfile": spaced(broken)})[0]) == 1


def test_a_finding_below_a_here_document_is_where_it_was_before_the_blank_line() -> None:
    text = spaced("FROM a:1\nRUN <<EOF\ntrue\nEOF\nUSER root\n")
    kept, _ = judged((one("DL3002", line=6), one("SC2086", line=3)), {"Dockerfile": text})
    assert [each.place for each in kept] == ["Dockerfile:5", "Dockerfile:3"]
