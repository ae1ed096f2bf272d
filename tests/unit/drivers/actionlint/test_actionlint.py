"""What actionlint is told and says, as values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kr8.domain.finding import Severity
from kr8.drivers.actionlint.commands import check
from kr8.drivers.actionlint.concern import concerned
from kr8.drivers.actionlint.parse import found

WORKFLOW = ".github/workflows/a.yml"


def said(message: str, kind: str = "action", line: int = 9, snippet: str = "") -> bytes:
    each: dict[str, Any] = {"message": message, "filepath": WORKFLOW, "line": line, "column": 1, "kind": kind}
    return json.dumps([{**each, "snippet": snippet}]).encode()


def test_a_finding_has_words_of_ours_and_quotes_what_the_workflow_says_apart() -> None:
    (finding,) = found(said('file "x" does not exist in "/tmp/copy/obey"'), "/tmp/copy") or ()
    assert (finding.rule, finding.place, finding.severity) == ("actionlint/action", f"{WORKFLOW}:9", Severity.MEDIUM)
    assert finding.why == 'file "x" does not exist in "obey"'
    assert finding.what == "The action is not used as it says that it is used."
    (other,) = found(said('file "x" does not exist in "y"', "another"), "/tmp/copy") or ()
    assert other.what == "What actionlint's check another asks for does not hold.", "what it quotes is most of it"


@pytest.mark.parametrize(
    ("kind", "message", "rule", "severity"),
    [
        ("syntax-check", "could not parse", "syntax-check", Severity.HIGH),
        ("expression", '"github.event.x" is potentially untrusted. avoid', "untrusted-input", Severity.HIGH),
        ("runner-label", 'label "mine" is unknown. available labels are "ubuntu-latest"', "runner-label", Severity.LOW),
        ("runner-label", 'label "ubuntu-latst" is unknown. it has "ubuntu-latest"', "runner-label", Severity.HIGH),
    ],
)
def test_how_much_a_check_matters(kind: str, message: str, rule: str, severity: Severity) -> None:
    (finding,) = found(said(message, kind), "/tmp/copy") or ()
    assert (finding.rule, finding.severity) == (f"actionlint/{rule}", severity)


@pytest.mark.parametrize(
    ("snippet", "line"), [("      - run: |\n  ^~~~", 11), ("      - run: >-\n", 11), ("      - run: echo $1\n", 10)]
)
def test_what_shellcheck_says_of_a_script_stands_at_the_scripts_line(snippet: str, line: int) -> None:
    message = "shellcheck reported issue in this script: SC2086:info:2:45: Double quote it"
    (finding,) = found(said(message, "shellcheck", snippet=snippet), "/tmp/copy") or ()
    assert (finding.rule, finding.place) == ("shellcheck/SC2086", f"{WORKFLOW}:{line}")
    assert (finding.severity, finding.why) == (Severity.LOW, "Double quote it")


def test_a_file_without_a_line_has_the_first() -> None:
    (finding,) = found(said("could not parse as YAML", line=0), "/tmp/copy") or ()
    assert finding.place == f"{WORKFLOW}:1"


def test_no_answer_is_no_answer() -> None:
    assert found(b"", "/tmp/copy") is None and found(b"[]", "/tmp/copy") == ()


def test_workflows_concern_it_and_the_files_of_local_actions_that_they_may_use() -> None:
    actions = ("act/action.yml", "act/dist/index.js")
    others = ("README.md", ".github/dependabot.yml", ".github/workflows/deep/x.yml", "infra/a.yml")
    settings = ".github/actionlint.yaml"
    assert concerned((*actions, *others, settings, WORKFLOW)) == (settings, WORKFLOW, *actions)
    assert concerned(actions) == ()
    assert concerned(("action.yaml", "main.js", WORKFLOW)) == (WORKFLOW, "action.yaml", "main.js")


def test_without_shellcheck_it_asks_nobody_of_the_path() -> None:
    assert "-shellcheck=" in check(Path("/actionlint"), None, ()) and "-pyflakes=" in check(Path("/a"), None, ())
    assert "-shellcheck=/sc" in check(Path("/actionlint"), Path("/sc"), ())


def matrix(key: str) -> dict[str, Any]:
    """What is said of a key that a matrix has not got."""
    message = f'property "{key}" is not defined in object type {{}}'
    return {
        "message": message,
        "filepath": WORKFLOW,
        "line": 5,
        "kind": "expression",
        "snippet": f"${{{{ matrix.{key} }}}}",
    }


def test_a_concurrency_group_may_queue() -> None:
    expected = 'expected one of "cancel-in-progress", "group"'
    queue, other = (f'unexpected key "{key}" for "concurrency" section. {expected}' for key in ("queue", "max"))
    assert found(said(queue, "syntax-check"), "/copy") == ()
    (finding,) = found(said(other, "syntax-check"), "/copy") or ()
    assert finding.why == other


def test_a_strategy_that_is_an_expression_is_in_order_and_so_are_the_keys_of_its_matrix() -> None:
    message = '"strategy" section is scalar node but mapping node is expected'
    strategy = {"message": message, "filepath": WORKFLOW, "line": 4, "kind": "syntax-check"}
    evaluated = {**strategy, "snippet": "strategy: ${{ fromJSON(needs.a.outputs.b) }}"}
    assert found(json.dumps([evaluated, matrix("os")]).encode(), "") == ()
    for told in ([matrix("os")], [{**strategy, "snippet": "strategy: all"}, matrix("os")]):
        assert len(found(json.dumps(told).encode(), "") or ()) == len(told)
    other = {**matrix("os"), "filepath": "other.yml"}
    assert len(found(json.dumps([evaluated, other]).encode(), "") or ()) == 1
