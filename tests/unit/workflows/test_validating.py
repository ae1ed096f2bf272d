"""Checkers side by side, one list of findings, and a verdict that no checker's absence makes better."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from tests.fakes.checkers import FakeChecker, FakeGuard, found
from tests.support.house import ADA, AGENT, ROOT, SHOP, House
from tests.support.virtual import play

from kr8.domain.caller import Caller
from kr8.domain.deployment import State
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, CheckState, Gap, judged, not_checked
from kr8.domain.problem import refuse
from kr8.ports.checkers import Sources
from kr8.workflows.validating import AT_ONCE, MOST, SHARE, Validating
from kr8.workflows.validation import ALL_PARTS

WAIVER = """\
[[waiver]]
rule = "one/open"
place = "infra/*"
owner = "ada"
reason = "closed with the next release"
expires = {expires}
"""


def house_of(*checkers: FakeChecker, **files: str) -> House:
    house = House()
    house.checkers[:] = checkers
    house.commit(**{"infra/main.tf": "a", **files})
    return house


async def validate(house: House, caller: Caller = ADA, **arguments: Any) -> dict[str, Any]:
    return await house.call("validate_infrastructure", caller, **arguments)


def test_nothing_found_by_all_checkers_is_a_pass() -> None:
    async def story() -> None:
        said = await validate(house_of(FakeChecker("one"), FakeChecker("two")))
        assert said["verdict"] == "passed" and said["findings"] == [] and said["not_checked"] == []
        assert [(each["checker"], each["state"]) for each in said["checks"]] == [("one", "checked"), ("two", "checked")]

    play(story())


def test_findings_of_all_checkers_are_one_list_the_worst_first() -> None:
    async def story() -> None:
        one = FakeChecker("one", findings=(found("one/a", "b.tf:10", Severity.LOW), found("one/b", "b.tf:9")))
        two = FakeChecker("two", findings=(found("two/c", "a.tf:1", Severity.CRITICAL), found("two/d", "b.tf:10")))
        said = await validate(house_of(one, two))
        assert [each["rule"] for each in said["findings"]] == ["two/c", "one/b", "two/d", "one/a"]
        assert said["verdict"] == "findings" and said["counts"] == {"critical": 1, "high": 2, "low": 1}

    play(story())


def test_the_same_finding_of_two_tools_stands_once_and_names_both() -> None:
    async def story() -> None:
        image, same = "hadolint/DL3007", "checkov/CKV_DOCKER_7"
        both = (found(image, "Dockerfile:1", Severity.CRITICAL), found(image, "Dockerfile:2"))
        one = FakeChecker("one", findings=both)
        two = FakeChecker("two", findings=(found(same, "Dockerfile:1", Severity.LOW),))
        said = await validate(house_of(one, two))
        assert [(each["rule"], each["also"]) for each in said["findings"]] == [(image, [same]), (image, [])]

    play(story())


def test_what_could_not_be_checked_is_no_pass() -> None:
    async def story() -> None:
        house = house_of(FakeChecker("one"), FakeChecker("two", tool="checkov", installed=None))
        said = await validate(house)
        assert said["verdict"] == "incomplete" and "no pass" in said["next_step"]
        why = "checkov is not installed: kr8 tools install checkov"
        assert said["not_checked"] == [{"checker": "two", "untrusted_why": why}]
        house.checkers[1].tool = None
        assert "install it" in (await validate(house))["not_checked"][0]["untrusted_why"]

    play(story())


def test_nothing_to_check_is_no_pass() -> None:
    async def story() -> None:
        house = house_of(FakeChecker("one", pattern="*.rb"))
        said = await validate(house)
        assert said["verdict"] == "nothing" and said["checks"] == [] and "no pass" in said["next_step"]
        house.checkers.append(FakeChecker("two"))
        assert (await validate(house))["verdict"] == "passed"

    play(story())


def test_a_checker_that_fails_takes_no_other_one_with_it() -> None:
    def refuses(_sources: Sources, _files: tuple[str, ...]) -> Checked:
        raise refuse("tool_failed", "It met its time limit.", mend="Try again.")

    def breaks(_sources: Sources, _files: tuple[str, ...]) -> Checked:
        raise KeyError("secret detail")

    async def story() -> None:
        checkers = [FakeChecker("one", answer=refuses), FakeChecker("two", answer=breaks)]
        said = await validate(house_of(*checkers, FakeChecker("three", findings=(found("three/x"),))))
        whys = {each["checker"]: each["untrusted_why"] for each in said["not_checked"]}
        assert whys["one"] == "It met its time limit.  Try again." or "time limit" in whys["one"]
        assert "KeyError" in whys["two"] and "secret detail" not in whys["two"]
        assert said["verdict"] == "findings" and [each["rule"] for each in said["findings"]] == ["three/x"]

    play(story())


def test_findings_of_information_alone_are_a_pass() -> None:
    async def story() -> None:
        said = await validate(house_of(FakeChecker("one", findings=(found("one/a", severity=Severity.INFO),))))
        assert said["verdict"] == "passed" and len(said["findings"]) == 1

    play(story())


def test_a_result_is_kept_until_its_own_files_or_its_tool_change() -> None:
    async def story() -> None:
        one = FakeChecker("one", pattern="*.tf", findings=(found("one/a"),))
        house = house_of(one)
        assert [each["cached"] for each in (await validate(house))["checks"]] == [False]
        again = await validate(house)
        assert [each["cached"] for each in again["checks"]] == [True] and len(again["findings"]) == 1
        house.copies.working = {"README.md": b"changed"}
        assert [each["cached"] for each in (await validate(house))["checks"]] == [True] and len(one.runs) == 1
        house.copies.working = {"infra/main.tf": b"changed"}
        assert [each["cached"] for each in (await validate(house))["checks"]] == [False]
        one.installed = "2.0"
        assert [each["cached"] for each in (await validate(house))["checks"]] == [False] and len(one.runs) == 3

    play(story())


def test_what_was_not_checked_is_tried_again_unless_only_the_files_can_mend_it() -> None:
    async def story() -> None:
        passing = FakeChecker("one", answer=lambda *_: not_checked("one", "a tool is missing"))
        lasting = FakeChecker("two", answer=lambda *_: not_checked("two", "it has a provisioner", lasting=True))
        house = house_of(passing, lasting)
        assert (await validate(house))["verdict"] == (await validate(house))["verdict"] == "incomplete"
        assert len(passing.runs) == 2 and len(lasting.runs) == 1

    play(story())


def test_files_that_may_be_code_and_were_not_read_are_not_checked() -> None:
    async def story() -> None:
        house = house_of(FakeChecker("one"))
        house.copies.unread = (Gap(why="not read: too large.", what="infra/a", place="infra/a", lasting=True),)
        said = await validate(house)
        assert said["verdict"] == "incomplete"
        assert said["not_checked"] == [{"checker": "files", "untrusted_why": "infra/a: not read: too large."}]
        text = WAIVER.format(expires="2026-02-01").replace("one/open", "files/not-checked")
        house.copies.working = {".kr8/waivers.toml": text.encode()}
        assert (await validate(house))["verdict"] == "passed"

    play(story())


def test_checkers_say_which_of_their_rules_are_about_security() -> None:
    async def story() -> None:
        one = FakeChecker("one", findings=(found("one/a", "b.tf:1"), found("one/open-port", "b.tf:2")))
        one.security = ("one/open-",)
        told = {each["rule"]: each["security"] for each in (await validate(house_of(one)))["findings"]}
        assert told == {"one/a": False, "one/open-port": True}

    play(story())


def test_why_something_was_not_checked_is_told_whole_in_detail() -> None:
    async def story() -> None:
        why = "It lacks " + ", ".join(f"provider {number}" for number in range(60)) + "."
        house = house_of(FakeChecker("one", answer=lambda *_: not_checked("one", why)))
        assert (await validate(house, detail=True))["not_checked"][0]["untrusted_why"] == why
        assert len((await validate(house))["not_checked"][0]["untrusted_why"]) == 320

    play(story())


def test_what_would_run_code_is_told_to_the_checkers_and_found() -> None:
    seen: list[Sources] = []

    def note(sources: Sources, _files: tuple[str, ...]) -> Checked:
        seen.append(sources)
        return Checked(checker="one", state=CheckState.CHECKED)

    async def story() -> None:
        house = house_of(FakeChecker("one", answer=note))
        house.guard.findings = (found("kr8/terraform-provisioner", "infra/main.tf:1"),)
        said = await validate(house)
        assert [each["rule"] for each in said["findings"]] == ["kr8/terraform-provisioner"]
        assert seen[0].runs_code == house.guard.findings and seen[0].project is not None
        assert (await validate(house, parts=["kubernetes"]))["findings"] == []

    play(story())


def test_a_waiver_takes_a_finding_out_of_the_list_and_is_counted_and_shown() -> None:
    async def story() -> None:
        findings = (
            found("one/open", "infra/a.tf:3"),
            found("one/open", "app/a.tf:3"),
            found("one/shut", "infra/a.tf:3"),
        )
        house = house_of(FakeChecker("one", findings=findings))
        house.copies.working = {".kr8/waivers.toml": WAIVER.format(expires="2026-01-05").encode()}
        said = await validate(house, detail=True)
        assert [(each["rule"], each["untrusted_place"]) for each in said["findings"]] == [
            ("one/open", "app/a.tf:3"),
            ("one/shut", "infra/a.tf:3"),
        ]
        assert said["waived"] == 1
        assert [each["untrusted_reason"] for each in said["waivers"]] == [
            "closed with the next release (ada, until 2026-01-05)"
        ]
        assert (await validate(house))["waivers"] == []

    play(story())


def test_a_waiver_that_is_over_or_nobodys_waives_nothing_and_is_itself_a_finding() -> None:
    async def story() -> None:
        house = house_of(FakeChecker("one", findings=(found("one/open", "infra/a.tf:3"),)))
        for text, rule in (
            (WAIVER.format(expires="2026-01-04"), "waivers/expired"),
            (WAIVER.format(expires="2026-02-01").replace('owner = "ada"\n', ""), "waivers/no-owner"),
            (WAIVER.format(expires="2026-02-01").replace("closed with the next release", " "), "waivers/no-reason"),
            (WAIVER.format(expires='"soon"'), "waivers/no-expiry"),
            (WAIVER.format(expires="2028-02-01"), "waivers/too-long"),
            (WAIVER.format(expires="2026-02-01").replace("one/open", "one/*"), "waivers/pattern"),
            (WAIVER.format(expires="2026-02-01") + 'until = "x"\n', "waivers/not-valid"),
            ("waiver = 3\n", "waivers/not-valid"),
            ("[[waiver]\n", "waivers/not-valid"),
        ):
            house.copies.working = {".kr8/waivers.toml": text.encode()}
            said = await validate(house)
            assert sorted(each["rule"] for each in said["findings"]) == ["one/open", rule], text
            assert said["waived"] == 0

    play(story())


def test_a_waiver_that_waives_nothing_is_told_where_all_was_checked() -> None:
    async def story() -> None:
        house = house_of(FakeChecker("one", findings=(found("one/open", "app/a.tf:3"),)))
        idle = WAIVER.format(expires="2026-02-01")
        house.copies.working = {".kr8/waivers.toml": (idle + idle.replace("infra/*", "app/*")).encode()}
        said = await validate(house)
        assert [(each["rule"], each["untrusted_place"]) for each in said["findings"]] == [
            ("waivers/unused", ".kr8/waivers.toml:1")
        ]
        assert (await validate(house, parts=["terraform"]))["findings"] == []
        house.checkers.append(FakeChecker("two", installed=None))
        assert len((await validate(house))["findings"]) == 1, "two would not have found it"
        house.checkers[0] = FakeChecker("one", installed=None)
        assert (await validate(house))["findings"] == []

    play(story())


def test_a_waiver_of_a_rule_that_no_checker_has_is_told_with_the_one_that_was_meant() -> None:
    async def story() -> None:
        one = FakeChecker("one", findings=(found("one/open", "infra/a.tf:3"),))
        house = house_of(one, FakeChecker("two", installed=None))
        text = WAIVER.format(expires="2026-02-01").replace("one/open", "onne/open")
        house.copies.working = {".kr8/waivers.toml": text.encode()}
        said = await validate(house, detail=True)
        (told,) = [each for each in said["findings"] if each["rule"] == "waivers/unused"]
        assert told["untrusted_why"] == "onne/open at infra/*. Did you mean one/open?"

    play(story())


UNJUDGED = (
    Gap(why="no schema is here.", what="Widget at infra/w.yaml:1", place="infra/w.yaml:1", lasting=True),
    Gap(why="no schema is here.", what="Gadget at app/g.yaml:1", place="app/g.yaml:1", lasting=True),
)


def test_what_was_not_judged_is_waived_where_it_lies_and_shown_and_the_rest_is_no_pass() -> None:
    async def story() -> None:
        one = FakeChecker("one", "infra/*", answer=lambda *_: judged("one", UNJUDGED))
        house = house_of(one, FakeChecker("two"))
        unwaived = await validate(house)
        assert unwaived["verdict"] == "incomplete"
        told = "Widget at infra/w.yaml:1, Gadget at app/g.yaml:1: no schema is here."
        assert [each["untrusted_why"] for each in unwaived["not_checked"]] == [told]
        text = WAIVER.format(expires="2026-02-01").replace("one/open", "one/not-checked")
        house.copies.working = {".kr8/waivers.toml": text.encode()}
        said = await validate(house, detail=True)
        assert said["verdict"] == "incomplete" and said["waived"] == 1 and said["findings"] == []
        assert said["not_checked"][0]["untrusted_why"] == "Gadget at app/g.yaml:1: no schema is here."
        house.copies.working = {".kr8/waivers.toml": (text + text.replace("infra/*", "app/g.yaml")).encode()}
        said = await validate(house, detail=True)
        assert said["verdict"] == "passed" and said["not_checked"] == [] and said["findings"] == []
        assert [(each["rule"], each["untrusted_place"], each["untrusted_why"]) for each in said["waivers"]] == [
            ("one/not-checked", "infra/w.yaml:1", "no schema is here."),
            ("one/not-checked", "app/g.yaml:1", "no schema is here."),
        ]
        assert said["waivers"][0]["untrusted_reason"] == "closed with the next release (ada, until 2026-02-01)"
        assert [each["state"] for each in said["checks"]] == ["waived", "checked"] and len(one.runs) == 1
        house.checkers.pop()
        assert (await validate(house))["verdict"] == "nothing", "nobody has judged anything"

    play(story())


def test_what_another_call_may_check_is_waived_by_nobody_and_its_waiver_is_not_called_idle() -> None:
    async def story() -> None:
        absent = (Gap(why="the provider is not here.", what="infra/a", place="infra/a"),)
        house = house_of(FakeChecker("one", answer=lambda *_: judged("one", absent)))
        text = WAIVER.format(expires="2026-02-01").replace("one/open", "one/not-checked")
        for place in ("infra/*", "app/*"):
            house.copies.working = {".kr8/waivers.toml": text.replace("infra/*", place).encode()}
            said = await validate(house)
            assert (said["verdict"], said["waived"], said["findings"]) == ("incomplete", 0, [])

    play(story())


def test_a_checker_that_is_not_here_is_waived_by_nobody() -> None:
    async def story() -> None:
        house = house_of(FakeChecker("one", installed=None))
        text = WAIVER.format(expires="2026-02-01").replace("one/open", "one/not-checked")
        house.copies.working = {".kr8/waivers.toml": text.encode()}
        assert (await validate(house))["verdict"] == "incomplete"
        house.copies.working = {".kr8/waivers.toml": text.replace("infra/*", "*").encode()}
        assert [each["rule"] for each in (await validate(house))["findings"]] == ["waivers/no-place"]

    play(story())


def test_a_waiver_of_what_was_judged_is_told() -> None:
    async def story() -> None:
        house = house_of(FakeChecker("one", answer=lambda *_: judged("one", UNJUDGED[1:])))
        text = WAIVER.format(expires="2026-02-01").replace("one/open", "one/not-checked")
        house.copies.working = {".kr8/waivers.toml": text.encode()}
        assert [each["rule"] for each in (await validate(house))["findings"]] == ["waivers/unused"]

    play(story())


def test_a_waiver_is_not_idle_while_another_checker_of_its_rule_has_not_looked() -> None:
    async def story() -> None:
        scripts = FakeChecker("scripts", names=("one/",))
        workflows = FakeChecker("workflows", names=("two/", "one/"), installed=None)
        house = house_of(scripts, workflows)
        house.copies.working = {".kr8/waivers.toml": WAIVER.format(expires="2026-02-01").encode()}
        assert (await validate(house))["findings"] == []
        workflows.installed = "1.0"
        assert [each["rule"] for each in (await validate(house))["findings"]] == ["waivers/unused"]

    play(story())


def test_a_kr8_toml_that_is_not_valid_is_a_finding_with_its_place() -> None:
    async def story() -> None:
        house = house_of(FakeChecker("one"))
        house.copies.working = {"kr8.toml": b"[project]\nname = 3\n"}
        said = await validate(house)
        assert said["findings"][0]["rule"] == "kr8/invalid-project-file"
        assert said["findings"][0]["untrusted_place"].startswith("kr8.toml")
        assert "project.name" in said["findings"][0]["untrusted_why"]

    play(story())


def test_a_secret_that_a_tool_quotes_is_masked_before_texts_are_cut() -> None:
    async def story() -> None:
        secret = "canary-0123456789abcdefghijklmnopqrstuvwxy"
        quoting = dict.fromkeys(("what", "why", "mend"), "x" * 140 + secret)
        house = house_of(FakeChecker("one", findings=(found("one/a", "b.tf:1", **quoting),)))
        await house.secrets.set(SHOP, "staging", "TOKEN", secret, "ada")
        (line,) = (await validate(house))["findings"]
        assert "canary" not in str(line) and line["what"].endswith("«redacted»")

    play(story())


def test_two_hundred_findings_fit_into_a_short_answer_and_pages_have_them_all() -> None:
    async def story() -> None:
        texts = {"what": "w" * 300, "why": "y" * 300, "mend": "m" * 300}
        findings = tuple(
            found(f"one/rule-{number}", f"infra/terraform/modules/network/main.tf:{number}", **texts)
            for number in range(200)
        )
        checkers = [FakeChecker(f"checker {number}", installed=None) for number in range(5)]
        house = house_of(FakeChecker("one", findings=findings), *checkers)
        said = await validate(house)
        assert len(str(said)) / 4 <= 2000 and said["counts"] == {"high": 200} and len(said["not_checked"]) == 5
        rules: list[str] = []
        page: dict[str, Any] = {"next": None}
        while page["next"] is not None or not rules:
            page = await validate(house, **({"cursor": page["next"]} if rules else {}))
            rules += [each["rule"] for each in page["findings"]]
        assert rules == [each.rule for each in findings]
        house.copies.working = {"infra/main.tf": b"changed"}
        problem = await house.refused("validate_infrastructure", cursor=said["next"])
        assert problem.code == "cursor_stale"

    play(story())


def test_a_caller_says_how_grave_what_is_listed_must_be_and_the_verdict_is_that_of_all() -> None:
    async def story() -> None:
        levels = (Severity.LOW, Severity.MEDIUM, Severity.HIGH)
        house = house_of(FakeChecker("one", findings=tuple(found(f"one/{each}", "a.tf:1", each) for each in levels)))
        said = await validate(house, severity="medium", limit=1)
        assert [each["rule"] for each in said["findings"]] == ["one/high"]
        assert said["counts"] == {"high": 1, "medium": 1, "low": 1} and said["verdict"] == "findings"
        more = await validate(house, severity="medium", cursor=said["next"])
        assert [each["rule"] for each in more["findings"]] == ["one/medium"] and more["next"] is None
        assert (await validate(house, severity="critical"))["findings"] == []
        assert (await house.refused("validate_infrastructure", cursor=said["next"])).code == "cursor_stale"

    play(story())


def test_nobody_waits_longer_than_asked_and_the_next_same_call_has_the_answer() -> None:
    async def story() -> None:
        house = House()
        one = FakeChecker("one", clock=house.clock, seconds=40)
        house.checkers[:] = [one]
        house.commit()
        began = house.clock.monotonic()
        said = await validate(house, wait_s=5)
        assert said["verdict"] == "running" and said["running"] == ["one"] and said["next_step"]
        assert house.clock.monotonic() - began == 5
        assert (await validate(house, wait_s=20))["verdict"] == "running"
        assert (await validate(house, wait_s=20))["verdict"] == "passed" and len(one.runs) == 1

    play(story())


def test_what_nobody_waited_for_is_an_answer_for_a_short_while_only() -> None:
    async def story() -> None:
        house = House()
        one = FakeChecker("one", clock=house.clock, seconds=10, answer=lambda *_: not_checked("one", "no"))
        house.checkers[:] = [one]
        house.commit()
        await validate(house, wait_s=0)
        await house.clock.sleep(30)
        assert (await validate(house, wait_s=0))["verdict"] == "incomplete" and len(one.runs) == 1
        await validate(house, wait_s=0)
        await house.clock.sleep(100)
        assert (await validate(house, wait_s=0))["verdict"] == "running" and len(one.runs) == 3
        await house.services.validating.close()

    play(story())


OPENED = {"infra/open.tf": b"open"}


def opens(sources: Sources, _files: tuple[str, ...]) -> Checked:
    findings = tuple(found("one/open", f"{path}:1") for path in OPENED if path in sources.digests)
    return Checked(checker="one", state=CheckState.CHECKED, findings=findings)


def house_that_takes(seconds: float) -> tuple[House, FakeChecker]:
    house = House()
    one = FakeChecker("one", clock=house.clock, seconds=seconds, answer=opens)
    house.checkers[:] = [one]
    house.commit()
    return house, one


def test_what_was_found_in_files_that_have_changed_since_is_no_answer() -> None:
    async def story() -> None:
        house, _ = house_that_takes(10)
        assert (await validate(house, wait_s=0))["verdict"] == "running"
        await house.clock.sleep(12)
        house.copies.working = OPENED
        assert (await validate(house, wait_s=20))["verdict"] == "findings"

    play(story())


def test_what_changed_while_others_had_their_turn_is_no_answer_about_the_files_of_before() -> None:
    async def story() -> None:
        house, one = house_that_takes(10)
        others = [part for part in sorted(ALL_PARTS) if part is not one.part][:AT_ONCE]
        house.checkers += [FakeChecker(part, part=part, clock=house.clock, seconds=10) for part in others]
        for part in others:
            assert (await validate(house, parts=[part], wait_s=0))["verdict"] == "running"
        house.copies.working = OPENED
        assert (await validate(house, parts=[one.part], wait_s=0))["verdict"] == "running"
        house.copies.working = {}
        await house.clock.sleep(25)
        assert len(one.runs) == 1
        house.copies.working = OPENED
        assert (await validate(house, parts=[one.part], wait_s=25))["verdict"] == "findings"

    play(story())


def test_who_waits_for_a_turn_is_told_of_the_files_as_they_are_then() -> None:
    async def story() -> None:
        house, one = house_that_takes(10)
        others = [part for part in sorted(ALL_PARTS) if part is not one.part][:AT_ONCE]
        house.checkers += [FakeChecker(part, part=part, clock=house.clock, seconds=10) for part in others]
        for part in others:
            assert (await validate(house, parts=[part], wait_s=0))["verdict"] == "running"
        waiting = asyncio.create_task(validate(house, parts=[one.part], wait_s=25))
        await house.clock.sleep(1)
        house.copies.working = OPENED
        assert (await waiting)["verdict"] == "findings" and len(one.runs) == 1

    play(story())


def test_nobody_joins_a_run_of_files_as_they_were_before() -> None:
    async def story() -> None:
        house, one = house_that_takes(10)
        assert (await validate(house, wait_s=5))["verdict"] == "running"
        house.copies.working = OPENED
        assert (await validate(house, wait_s=6))["verdict"] == "running", "not what the first run finds"
        assert (await validate(house, wait_s=6))["verdict"] == "findings" and len(one.runs) == 2

    play(story())


def test_where_files_change_all_the_time_there_is_an_answer_and_it_is_no_pass() -> None:
    """A server beside it writes its log into the repository."""

    async def story() -> None:
        house, one = house_that_takes(10)
        verdicts: list[str] = []
        for second in range(40):
            house.copies.working = {"infra/main.tf": b"main", "log": str(second).encode()}
            verdicts.append((await validate(house, wait_s=1))["verdict"])
            if verdicts[-1] != "running":
                break
        assert verdicts[-1] == "incomplete" and len(one.runs) == 4

    play(story())


def test_a_run_of_files_as_they_were_before_goes_on_for_who_waits_for_it_and_else_ends() -> None:
    async def story() -> None:
        house, one = house_that_takes(10)
        waiting = asyncio.create_task(validate(house, wait_s=20))
        await house.clock.sleep(1)
        house.copies.working = OPENED
        assert (await validate(house, wait_s=0))["verdict"] == "running" and house.copies.open == 2
        assert (await waiting)["verdict"] == "passed", "as the files were when it was asked"
        house.copies.working = {"infra/else.tf": b"else"}
        assert (await validate(house, wait_s=0))["verdict"] == "running" and len(one.runs) == 3
        await house.clock.sleep(1)
        assert house.copies.open == 1, "nobody waits for the second"
        await house.services.validating.close()
        assert house.copies.open == 0

    play(story())


class SlowToEnd(FakeChecker):
    """Takes a while to end what it has started, the first time longest."""

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        before = len(self.runs)
        try:
            return await super().check(sources, files)
        finally:
            await asyncio.sleep(50 / (before + 1))


def test_no_run_is_left_behind_that_was_ended_for_another() -> None:
    async def story() -> None:
        house = House()
        slow = SlowToEnd("one", clock=house.clock, seconds=10)
        house.checkers[:] = [slow]
        house.commit()
        before = asyncio.all_tasks()
        await validate(house, wait_s=1)
        house.copies.working = OPENED
        await validate(house, wait_s=1)
        assert len(slow.runs) == 2 and house.copies.open == 2, "the first is still on its way out"
        await house.services.validating.close()
        assert house.copies.open == 0 and asyncio.all_tasks() == before

    play(story())


class BrokenGuard(FakeGuard):
    """Fails while it is ended."""

    async def found(self, sources: Sources, files: tuple[str, ...]) -> tuple[Finding, ...]:
        try:
            await asyncio.sleep(10)
        finally:
            raise refuse("guard_failed", "It failed.", mend="Try again.")


def test_a_run_that_fails_while_it_is_ended_is_no_complaint_of_the_loop() -> None:
    async def story() -> None:
        complaints: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        house, _ = house_that_takes(10)
        validating = Validating(replace(house.services.validating.validation, guard=BrokenGuard()))
        await validating.of_checkout(ROOT, ALL_PARTS, 0, "ada")
        await house.clock.sleep(1)
        house.copies.working = OPENED
        await validating.of_checkout(ROOT, ALL_PARTS, 0, "ada")
        await house.clock.sleep(1)
        await validating.close()
        del validating
        gc.collect()
        assert complaints == []

    play(story())


QUESTIONS = [list(parts) for count in range(1, 5) for parts in combinations(sorted(ALL_PARTS), count)]


def test_however_many_are_asked_for_few_run_at_a_time_and_too_many_are_refused() -> None:
    async def story() -> None:
        house = house_of()
        checker = FakeChecker("one", clock=house.clock, seconds=60)
        house.checkers[:] = [
            checker,
            *(FakeChecker(part, part=part, clock=house.clock, seconds=60) for part in ALL_PARTS),
        ]
        callers = [AGENT] * SHARE + [ADA] * (MOST - SHARE)
        for parts, caller in zip(QUESTIONS, callers, strict=False):
            assert (await validate(house, caller, parts=parts, wait_s=0))["verdict"] == "running"
        await house.clock.sleep(1)
        assert house.copies.open == AT_ONCE
        refused = await house.refused("validate_infrastructure", parts=QUESTIONS[MOST], wait_s=0)
        assert refused.code == "too_many_validations" and refused.retryable
        assert (await validate(house, parts=QUESTIONS[0], wait_s=0))["verdict"] == "running", "which is no new one"
        await house.clock.sleep(3600)
        assert (await validate(house, parts=QUESTIONS[MOST], wait_s=25))["verdict"] != "running"

    play(story())


def test_nobody_takes_every_place_from_the_others() -> None:
    async def story() -> None:
        house = house_of()
        house.checkers[:] = [FakeChecker(part, part=part, clock=house.clock, seconds=60) for part in ALL_PARTS]
        for parts in QUESTIONS[:SHARE]:
            assert (await validate(house, AGENT, parts=parts, wait_s=0))["verdict"] == "running"
        refused = await house.refused("validate_infrastructure", AGENT, parts=QUESTIONS[SHARE], wait_s=0)
        assert refused.code == "too_many_validations" and refused.retryable
        assert (await validate(house, AGENT, parts=QUESTIONS[0], wait_s=0))["verdict"] == "running", (
            "which is no new one"
        )
        assert (await validate(house, ADA, parts=QUESTIONS[SHARE], wait_s=0))["verdict"] == "running"

    play(story())


def test_checkers_run_side_by_side() -> None:
    async def story() -> None:
        house = House()
        house.checkers[:] = [FakeChecker(f"checker {number}", clock=house.clock, seconds=3) for number in range(4)]
        house.commit()
        began = house.clock.monotonic()
        assert (await validate(house))["verdict"] == "passed"
        assert house.clock.monotonic() - began == 3

    play(story())


def test_a_repository_without_kr8_toml_is_checked_too() -> None:
    async def story() -> None:
        house = House()
        house.checkers[:] = [FakeChecker("one")]
        house.repositories.put(ROOT, {"main.tf": b"a"})
        assert (await validate(house))["verdict"] == "passed"

    play(story())


def test_a_critical_finding_in_the_commits_infrastructure_code_refuses_the_plan() -> None:
    async def story() -> None:
        house = House()
        house.checkers[:] = [FakeChecker("one", findings=(found("kr8/open", "infra/a.tf:3", Severity.CRITICAL),))]
        house.commit(**{"infra/a.tf": "x"})
        failed = await house.do()
        assert failed.state is State.FAILED and failed.problem is not None
        assert failed.problem.code == "kr8/open" and failed.problem.output == ("infra/a.tf:3",)
        assert house.target.told == [], "nothing was started"

    play(story())


def test_infrastructure_code_is_looked_for_wherever_it_lies() -> None:
    async def story() -> None:
        house = House()
        house.checkers[:] = [FakeChecker("one", findings=(found("kr8/open", "terraform/a.tf:3", Severity.CRITICAL),))]
        house.commit(**{"terraform/a.tf": "x"})
        assert (await house.do()).state is State.FAILED

    play(story())


@pytest.mark.parametrize(
    ("links", "submodules", "is_told"),
    [
        ((), ("terraform/eu.prod",), True),
        (("infra",), (), True),
        (("site.yaml",), (), True),
        ((), ("vendor/x",), False),
        (("docs.md", "api/.env"), (), False),
    ],
)
def test_a_commit_whose_code_is_linked_or_in_a_submodule_is_planned_as_not_checked(
    links: tuple[str, ...], submodules: tuple[str, ...], is_told: bool
) -> None:
    async def story() -> None:
        house = House()
        house.checkers[:] = []
        house.commit()
        snapshot = house.repositories.snapshots[ROOT][-1]
        snapshot.links, snapshot.submodules = links, submodules
        for path in (*links, *submodules):
            house.copies.unread = (*house.copies.unread, Gap(why="not read", what=path, place=path, lasting=True))
        done = await house.do()
        assert done.plan is not None
        rules = [finding.rule for finding in done.plan.findings]
        assert ("infrastructure_not_checked" in rules) is is_told

    play(story())


def test_other_findings_and_what_was_not_checked_stand_in_the_plan_and_stop_nothing() -> None:
    async def story() -> None:
        house = House()
        one = FakeChecker("one", findings=(found("one/a", "infra/a.tf:3"), found("one/b", severity=Severity.LOW)))
        house.checkers[:] = [one, FakeChecker("two", installed=None)]
        house.commit(**{"infra/a.tf": "x"})
        done = await house.do()
        assert done.state is State.SUCCEEDED and done.plan is not None
        told = {finding.rule: finding for finding in done.plan.findings}
        assert "1 high, 1 low" in told["infrastructure_findings"].what
        assert told["infrastructure_not_checked"].severity is Severity.MEDIUM
        assert "two" in told["infrastructure_not_checked"].what

    play(story())


def test_a_commit_without_infrastructure_code_waits_for_no_checker() -> None:
    async def story() -> None:
        house = House()
        one = FakeChecker("one", findings=(found("one/a", severity=Severity.CRITICAL),))
        house.checkers[:] = [one]
        assert (await house.deploy()).state is State.SUCCEEDED and one.runs == []

    play(story())


def test_what_is_waived_in_the_commit_refuses_nothing() -> None:
    async def story() -> None:
        house = House()
        house.checkers[:] = [FakeChecker("one", findings=(found("one/open", "infra/a.tf:3", Severity.CRITICAL),))]
        house.commit(**{"infra/a.tf": "x", ".kr8/waivers.toml": WAIVER.format(expires="2026-02-01")})
        assert (await house.do()).state is State.SUCCEEDED

    play(story())
