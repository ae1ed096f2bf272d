"""`kr8 validate` and `kr8 tools` as processes: formats, pages, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_fixtures import Place, Story
from tests.support.socket_server import Refusal, operations

NOT_CHECKED = {"checker": "checkov", "untrusted_why": "checkov is not installed: kr8 tools install checkov"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def finding(number: int) -> dict[str, Any]:
    texts = {
        "what": f"It is wrong, {number}.",
        "untrusted_why": "",
        "mend": "Mend it.",
        "link": "",
        "untrusted_reason": "",
        "security": False,
    }
    return {"severity": "high", "rule": f"kr8/rule-{number}", "untrusted_place": f"a.tf:{number}", "also": [], **texts}


def report(verdict: str, *findings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "counts": {"high": len(findings)} if findings else {},
        "waived": 0,
        "not_checked": [],
        "checks": [],
        "findings": list(findings),
        "waivers": [],
        "not_judged": [],
        "files_not_judged": 0,
        "running": [],
        "next": None,
        "next_step": "",
        **more,
    }


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (report("passed"), 0),
        (report("findings", finding(1)), 8),
        (report("incomplete", not_checked=[NOT_CHECKED]), 9),
        (report("nothing"), 9),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "markdown"])
def test_the_exit_code_tells_findings_from_what_was_not_checked_in_every_format(
    place: Place, said: dict[str, Any], code: int, form: str
) -> None:
    with place.daemon(operations(validate_infrastructure=lambda _: said)):
        done = place.kr8.run("validate", "--format", form)
    assert done.code == code, done
    if said["not_checked"]:
        assert "kr8 tools install checkov" in done.out.replace("\\", "")
    if form in ("json", "sarif"):
        assert isinstance(json.loads(done.out), dict)


def of_severity(*found: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A daemon that lists what is asked for, as kr8's does."""
    levels = ("info", "low", "medium", "high", "critical")

    def answer(arguments: dict[str, Any]) -> dict[str, Any]:
        least = levels.index(arguments.get("severity", "info"))
        return report("findings", *(each for each in found if levels.index(each["severity"]) >= least))

    return answer


def test_what_is_shown_can_be_narrowed_and_counted_by_rule_and_the_exit_code_is_that_of_all(place: Place) -> None:
    found = [
        *({**finding(number), "severity": "medium", "rule": "checkov/CKV_1"} for number in (1, 2)),
        {**finding(3), "severity": "low", "rule": "checkov/CKV_2"},
    ]
    with place.daemon(operations(validate_infrastructure=of_severity(*found))):
        counted = place.kr8.run("validate", "--statistics")
        narrowed = place.kr8.run("validate", "--severity", "high")
        as_json = place.kr8.run("validate", "--severity", "medium", "--format", "json")
    assert counted.code == narrowed.code == as_json.code == 8
    lines = counted.out.splitlines()
    assert lines[0].startswith("medium: 2 × checkov/CKV_1: ") and lines[1].startswith("low: 1 × checkov/CKV_2: ")
    assert "checkov/" not in narrowed.out
    assert [each["rule"] for each in json.loads(as_json.out)["findings"]] == ["checkov/CKV_1"] * 2


@pytest.mark.parametrize("words", [("validate", "--json"), ("validate", "--format", "json"), ("--json", "validate")])
def test_what_each_rule_finds_is_counted_for_programs_too(place: Place, words: tuple[str, ...]) -> None:
    found = [
        {**finding(3), "severity": "low", "rule": "checkov/CKV_2"},
        *({**finding(number), "severity": "medium", "rule": "checkov/CKV_1"} for number in (1, 2)),
    ]
    with place.daemon(operations(validate_infrastructure=of_severity(*found))):
        counted = place.kr8.run(*words, "--statistics", "--severity", "low")
        narrowed = place.kr8.run(*words, "--statistics", "--severity", "medium")
    value = json.loads(counted.out)
    assert counted.code == narrowed.code == 8
    assert [(each["severity"], each["rule"], each["count"]) for each in value["rules"]] == [
        ("medium", "checkov/CKV_1", 2),
        ("low", "checkov/CKV_2", 1),
    ]
    assert value["verdict"] == "findings" and value["not_checked"] == [] and "findings" not in value
    assert [each["rule"] for each in json.loads(narrowed.out)["rules"]] == ["checkov/CKV_1"]


def test_what_is_left_out_is_counted_for_programs_too_and_told_whole(place: Place) -> None:
    patterns = [{"untrusted_pattern": f"old{number}/**", "files": 2} for number in range(7)]

    def answer(arguments: dict[str, Any]) -> dict[str, Any]:
        shown = patterns if arguments.get("detail") else patterns[:5]
        return {**report("passed"), "not_judged": shown, "files_not_judged": 14}

    with place.daemon(operations(validate_infrastructure=answer)):
        value = json.loads(place.kr8.run("validate", "--json", "--statistics").out)
    assert value["files_not_judged"] == 14 and value["not_judged"] == patterns


def test_counts_in_a_format_that_has_none_are_refused(place: Place) -> None:
    with place.daemon(operations(validate_infrastructure=lambda _: report("passed"))):
        done = place.kr8.run("validate", "--statistics", "--format", "sarif")
    assert done.code == 2 and "--statistics" in done.error


def test_a_failure_is_neither(place: Place) -> None:
    refuse = Story(Refusal(code="no_repository", what="It is in no repository."))
    with place.daemon(operations(validate_infrastructure=refuse)):
        assert place.kr8.run("validate").code == 1
        assert place.kr8.run("validate", "nothing-like-it").code == 2


def test_it_waits_until_the_validation_has_ended(place: Place) -> None:
    running = report("running", running=["terraform"])
    with place.daemon(operations(validate_infrastructure=Story(running, running, report("passed")))):
        done = place.kr8.run("validate")
    assert done.code == 0 and done.out.strip() == "passed"


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_a_format_for_programs_has_the_findings_of_all_pages(place: Place, form: str) -> None:
    asked: list[dict[str, Any]] = []

    def answer(arguments: dict[str, Any]) -> Any:
        asked.append(arguments)
        if "cursor" in arguments:
            return report("findings", finding(2))
        return report("findings", finding(1), next="abc.1")

    with place.daemon(operations(validate_infrastructure=answer)):
        done = place.kr8.run("validate", "terraform", "kubernetes", "--format", form)
    assert done.out.count("kr8/rule-1") and done.out.count("kr8/rule-2") and done.code == 8
    assert asked[0]["parts"] == ["terraform", "kubernetes"] and asked[0]["detail"] and asked[0]["limit"] == 1000
    assert asked[1]["cursor"] == "abc.1"


def test_a_persons_list_says_how_to_see_more(place: Place) -> None:
    with place.daemon(operations(validate_infrastructure=lambda _: report("findings", finding(1), next="abc.1"))):
        done = place.kr8.run("validate")
    assert "--cursor abc.1" in done.out and done.out.splitlines()[-1] == "findings: 1 high"


def waived(**more: Any) -> dict[str, Any]:
    return {
        "state": "done",
        "findings": 5,
        "waivers": 3,
        "file": ".kr8/waivers.toml",
        "written": True,
        "left": [],
        "verdict": "passed",
        "untrusted_diff": "",
        "running": [],
        "next_step": "Look at the diff.",
        **more,
    }


def test_what_stands_is_waived_before_it_is_validated(place: Place) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def waive(arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(("waive", arguments))
        return waived() if len(asked) > 1 else waived(state="running", running=["terraform"])

    def answer(arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(("validate", arguments))
        return report("passed", waived=5)

    words = ("validate", "terraform", "--waive", "for now", "--until", "2027-01-31", "--format", "json")
    with place.daemon(operations(validate_infrastructure=answer, waive_findings=waive)):
        done = place.kr8.run(*words)
    assert done.code == 0 and json.loads(done.out)["waived"] == 5
    assert "waived: 5 findings by 3 waivers in .kr8/waivers.toml" in done.error
    assert [name for name, _ in asked] == ["waive", "waive", "validate"]
    given = {name: value for name, value in asked[0][1].items() if name != "wait_s"}
    assert given == {"reason": "for now", "until": "2027-01-31", "parts": ["terraform"]}


def test_what_is_left_is_told_with_the_reason(place: Place) -> None:
    left = {"severity": "critical", "rule": "kr8/x", "untrusted_place": "a.tf:1", "untrusted_why": "It is critical."}
    with place.daemon(operations(waive_findings=lambda _: waived(left=[left], verdict="findings"))):
        done = place.kr8.run("waive", "--reason", "for now", "--until", "2027-01-31")
    assert done.code == 0 and "left: critical: kr8/x a.tf:1: It is critical." in done.out
    assert "validation then: findings" in done.out


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--waive", "r"), "--until"),
        (("--until", "2027-01-31"), "--waive"),
        (("--owner", "ada"), "--waive"),
        (("--waive", "r", "--until", "2027-01-31", "--severity", "high"), "--severity"),
    ],
)
def test_options_of_waiving_that_lack_another_are_refused(place: Place, words: tuple[str, ...], named: str) -> None:
    with place.daemon(operations(validate_infrastructure=lambda _: report("passed"))):
        done = place.kr8.run("validate", *words)
    assert done.code == 2 and named in done.error


def tool(state: str, what: str = "") -> Callable[[dict[str, Any]], Any]:
    return lambda _: {"name": "checkov", "version": "3.3.30", "state": state, "what": what}


def test_a_tool_is_installed_and_waited_for(place: Place) -> None:
    story = Story(*(tool(state)({}) for state in ("installing", "installing", "installed")))
    with place.daemon(operations(install_tool=story)):
        done = place.kr8.run("tools", "install", "checkov")
    assert done.code == 0 and "installed" in done.out


def test_a_tool_that_cannot_be_installed_is_told_with_the_reason(place: Place) -> None:
    with place.daemon(operations(install_tool=tool("failed", "no such version"))):
        done = place.kr8.run("tools", "install", "checkov")
    assert done.code == 1 and "no such version" in done.out
