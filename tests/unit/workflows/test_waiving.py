"""`waive_findings`: a waiver for each rule and file of what stands, and a person's own for all that is grave."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.checkers import FakeChecker, found
from tests.support.house import AGENT, House
from tests.support.virtual import play

from kr8.domain.deployment import State
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import FILE_LIMIT, not_checked
from kr8.domain.problem import Outcome
from kr8.workflows.grounds import Grounds

FILE = ".kr8/waivers.toml"
OLD = """\
# Ours.
[[waiver]]
rule = "x/old"
place = "old.tf"
owner = "bob"
reason = "it goes"
expires = {day}"""


def house_of(root: Path, *findings: Finding, **files: str) -> House:
    """A repository on disk in which this is found."""
    house = House()
    house.checkers[:] = [FakeChecker("x", findings=findings)]
    put(house, root, {"a.tf": "a", **files})
    return house


def put(house: House, root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    house.repositories.put(root, {path: text.encode() for path, text in files.items()})


def taken_up(house: House, root: Path) -> None:
    """Commit what was written."""
    put(house, root, {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()})


def day(house: House, days: int = 90) -> str:
    return str(house.clock.now().date() + timedelta(days=days))


async def waive(house: House, root: Path, **arguments: Any) -> dict[str, Any]:
    given = {"reason": "the move to the new network", "until": day(house), **arguments}
    return await house.call("waive_findings", project=str(root), **given)


def written(root: Path) -> list[dict[str, Any]]:
    return tomllib.loads((root / FILE).read_text())["waiver"]


def test_each_rule_and_file_has_one_waiver_and_the_validation_passes_with_them(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(
            tmp_path,
            *(found("x/b", f"b.tf:{line}", Severity.LOW) for line in (9, 2)),
            *(found("x/a", "b.tf:1"), found("x/a", "a.tf:1"), found("x/b", "b.tf:3", Severity.MEDIUM)),
        )
        said = await waive(house, tmp_path)
        expires = house.clock.now().date() + timedelta(days=90)
        promise = {"owner": "ada", "reason": "the move to the new network", "expires": expires}
        assert written(tmp_path) == [
            {"rule": "x/a", "place": "a.tf", "at_most": "high", **promise},
            {"rule": "x/a", "place": "b.tf", "at_most": "high", **promise},
            {"rule": "x/b", "place": "b.tf", "at_most": "medium", **promise},
        ]
        assert (said["findings"], said["waivers"], said["left"]) == (5, 3, [])
        assert said["written"] and said["verdict"] == "passed" and said["file"] == FILE
        assert said["untrusted_diff"].startswith(f"--- a/{FILE}\n+++ b/{FILE}\n")
        taken_up(house, tmp_path)
        after = await house.call("validate_infrastructure", project=str(tmp_path))
        assert after["verdict"] == "passed" and after["waived"] == 5

    play(story())


def test_what_was_waived_is_not_waived_twice(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/a", "a.tf:1"))
        await waive(house, tmp_path)
        taken_up(house, tmp_path)
        before = (tmp_path / FILE).read_text()
        again = await waive(house, tmp_path)
        assert (again["findings"], again["waivers"], again["written"]) == (0, 0, False)
        assert "Nothing was waived" in again["next_step"] and (tmp_path / FILE).read_text() == before

    play(story())


def test_what_has_expired_is_renewed_in_its_place_and_a_comment_stays(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/a", "a.tf:1"), found("x/b", "[b].tf:1"))
        await waive(house, tmp_path, until=day(house, 10))
        others = [OLD.format(day=day(house, days)).replace("/old", each) for days, each in ((10, "/c"), (90, "/a"))]
        text = (tmp_path / FILE).read_text()
        put(
            house,
            tmp_path,
            {
                "a.tf": "a",
                FILE: "\n".join(
                    [text.replace('[[waiver]]\nrule = "x/b', "# Bob's.\n[[waiver]]\nrule = \"x/b"), *others]
                ),
            },
        )
        await house.clock.sleep(11 * 24 * 3600)
        said = await waive(house, tmp_path, owner="cleo", until=day(house))
        assert [(each["rule"], each["owner"]) for each in written(tmp_path)] == [
            *(("x/c", "bob"), ("x/a", "bob")),
            *(("x/b", "cleo"), ("x/a", "cleo")),
        ]
        assert "# Bob's." in (tmp_path / FILE).read_text() and "\n\n\n" not in (tmp_path / FILE).read_text()
        assert {(each["rule"], each["untrusted_place"]) for each in said["left"]} == {
            ("waivers/expired", f"{FILE}:19"),
            ("waivers/unused", f"{FILE}:26"),
        }
        taken_up(house, tmp_path)
        after = await house.call("validate_infrastructure", project=str(tmp_path))
        assert after["waived"] == 2 and {each["rule"] for each in after["findings"]} == {
            each["rule"] for each in said["left"]
        }

    play(story())


def test_where_all_has_expired_and_stands_one_call_renews_it(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, *(found("x/a", f"{name}.tf:1") for name in "abc"))
        await waive(house, tmp_path, until=day(house, 10))
        taken_up(house, tmp_path)
        before = (tmp_path / FILE).read_text()
        await house.clock.sleep(11 * 24 * 3600)
        said = await waive(house, tmp_path)
        assert (said["verdict"], said["left"], said["waivers"]) == ("passed", [], 3)
        assert len((tmp_path / FILE).read_text()) == len(before)

    play(story())


def test_they_come_after_the_waivers_that_are_there_and_change_nothing_of_those(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/a", "a.tf:1"), found("x/old", "old.tf:1"))
        old = OLD.format(day=day(house))
        put(house, tmp_path, {"a.tf": "a", FILE: old})
        await waive(house, tmp_path, owner="cleo")
        assert (tmp_path / FILE).read_text().startswith(old)
        assert [(each["rule"], each["owner"]) for each in written(tmp_path)] == [("x/old", "bob"), ("x/a", "cleo")]

    play(story())


@pytest.mark.parametrize(
    ("left", "why"),
    [
        (found("x/open", "a.tf:1", Severity.CRITICAL), "critical"),
        (found("secrets/secret-keyword", "a.tf:1", Severity.MEDIUM), "secret"),
        (found("kr8/kubernetes-plain-secret", "a.tf:1"), "secret"),
        (found("checkov/CKV_AWS_46", "a.tf:1"), "secret"),
        (found("checkov/CKV_LIN_1", "a.tf:1"), "secret"),
        (found("actionlint/credentials", "ci.yml:1"), "secret"),
        (found("zizmor/hardcoded-container-credentials", "ci.yml:1"), "secret"),
        (found("x/nowhere"), "name its file"),
        (found("hadolint/DL1000", "Dockerfile:4"), "not checked"),
        (found("shellcheck/SC1073", "a.sh:2"), "not checked"),
        (found("ansible/syntax", "site.yml:1"), "not checked"),
        (found("kubernetes/unreadable", "a.yaml:1"), "not checked"),
        (found("kr8/terraform-unreadable", "a.tf:1"), "not checked"),
        (found("ansible/unreadable", "site.yml:1"), "not checked"),
        (found("rego/unreadable", ".kr8/policies/a.rego:1"), "not checked"),
        (found("kr8/invalid-project-file", "kr8.toml:1"), "not checked"),
    ],
)
def test_what_is_grave_is_left_and_said_with_the_reason(left: Finding, why: str, tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/a", "a.tf:1"), left)
        said = await waive(house, tmp_path)
        assert [each["rule"] for each in written(tmp_path)] == ["x/a"] and said["findings"] == 1
        (told,) = said["left"]
        assert told["rule"] == left.rule and why in told["untrusted_why"] and said["verdict"] == "findings"

    play(story())


def test_what_was_not_checked_is_left(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/a", "a.tf:1"))
        house.checkers.append(FakeChecker("y", answer=lambda *_: not_checked("y", "a tool is missing")))
        said = await waive(house, tmp_path)
        (told,) = said["left"]
        assert told["rule"] == "y/not-checked" and "a tool is missing" in told["untrusted_why"]
        assert said["verdict"] == "incomplete" and said["waivers"] == 1

    play(story())


def test_what_is_worse_later_stands_although_its_rule_is_waived_in_the_file(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/open", "a.tf:1"))
        await waive(house, tmp_path)
        taken_up(house, tmp_path)
        house.checkers[:] = [FakeChecker("x", installed="2", findings=(found("x/open", "a.tf:1", Severity.CRITICAL),))]
        after = await house.call("validate_infrastructure", project=str(tmp_path))
        assert [each["rule"] for each in after["findings"]] == ["x/open"], "and its waiver is not told to be unused"
        assert after["counts"] == {"critical": 1}

    play(story())


def test_what_is_only_information_asks_for_no_waiver(tmp_path: Path) -> None:
    async def story() -> None:
        said = await waive(house_of(tmp_path, found("x/a", "a.tf:1", Severity.INFO)), tmp_path)
        assert said["waivers"] == 0 and said["left"] == [] and not (tmp_path / FILE).exists()

    play(story())


def test_a_preview_writes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        said = await waive(house_of(tmp_path, found("x/a", "a.tf:1")), tmp_path, preview=True)
        assert not (tmp_path / FILE).exists() and not said["written"]
        assert '+rule = "x/a"' in said["untrusted_diff"] and "--preview" in said["next_step"]

    play(story())


@pytest.mark.parametrize("days", [-1, 367])
def test_a_day_that_a_waiver_cannot_have_is_refused_by_name(days: int, tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/a", "a.tf:1"))
        given = {"project": str(tmp_path), "reason": "r", "until": day(house, days)}
        problem = await house.refused("waive_findings", **given)
        assert (problem.code, problem.field) == ("waiver_day", "until") and "366" in problem.why
        assert not (tmp_path / FILE).exists()

    play(story())


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        ("reason", "  ", "1 characters or more"),
        ("reason", "two\nlines", "of the form"),
        ("owner", "", "1 characters or more"),
        ("until", "soon", "must be a day, such as 2026-01-05"),
    ],
)
def test_what_would_be_no_waiver_is_refused_by_name(field: str, given: str, said: str, tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/a", "a.tf:1"))
        arguments = {"project": str(tmp_path), "reason": "r", "until": day(house), field: given}
        problem = await house.refused("waive_findings", **arguments)
        assert (problem.code, problem.field) == ("invalid_argument", field) and said in problem.what

    play(story())


def test_nothing_is_added_to_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/a", "a.tf:1"), **{FILE: "[[waiver"})
        given = {"project": str(tmp_path), "reason": "r", "until": day(house)}
        problem = await house.refused("waive_findings", **given)
        assert problem.code == "waivers_not_valid" and f"{FILE}:1" in problem.why
        assert (tmp_path / FILE).read_text() == "[[waiver"

    play(story())


@pytest.mark.parametrize("preview", [True, False])
def test_no_file_is_written_that_validation_would_not_read(preview: bool, tmp_path: Path) -> None:
    async def story() -> None:
        before = f"#{'x' * (FILE_LIMIT - 100)}\n"
        house = house_of(tmp_path, found("x/a", "a.tf:1"), **{FILE: before})
        given = {"project": str(tmp_path), "reason": "r", "until": day(house), "preview": preview}
        problem = await house.refused("waive_findings", **given)
        assert problem.code == "waivers_too_large" and f"{FILE_LIMIT:,} bytes" in problem.why
        assert (tmp_path / FILE).read_text() == before

    play(story())


def test_a_file_that_git_ignores_does_not_count_and_that_is_said(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/a", "a.tf:1"))
        house.repositories.dirty[tmp_path] = (".kr8/",)  # as Git has it where another file lies there
        house.repositories.ignored[tmp_path] = (FILE,)
        given = {"project": str(tmp_path), "reason": "r", "until": day(house)}
        problem = await house.refused("waive_findings", **given)
        assert problem.code == "waivers_ignored" and problem.outcome is Outcome.DONE

    play(story())


def test_names_that_are_patterns_or_have_quotes_in_them_mean_themselves(tmp_path: Path) -> None:
    async def story() -> None:
        odd, other = 'app/[id]*"\\.tf', "app/ix.tf"
        house = house_of(tmp_path, found("x/a", f"{odd}:1"), found("x/a", f"{other}:1", Severity.INFO))
        await waive(house, tmp_path, reason='he said "later" \\ 𝄞', owner="Ada ✓")
        taken_up(house, tmp_path)
        after = await house.call("validate_infrastructure", project=str(tmp_path), detail=True)
        assert after["waived"] == 1 and [each["untrusted_place"] for each in after["waivers"]] == [f"{odd}:1"]
        assert after["waivers"][0]["untrusted_reason"].startswith('he said "later" \\ 𝄞 (Ada ✓, until')

    play(story())


def test_a_validation_that_is_not_over_waives_nothing_yet(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/a", "a.tf:1"))
        house.checkers[0].clock, house.checkers[0].seconds = house.clock, 20
        said = await waive(house, tmp_path, wait_s=5)
        assert said["state"] == "running" and said["running"] == ["x"] and not (tmp_path / FILE).exists()
        assert (await waive(house, tmp_path, wait_s=25))["written"]

    play(story())


def test_a_plan_says_how_much_is_waived_and_names_what_would_refuse_it() -> None:
    async def story() -> None:
        house = House()
        findings = (found("x/old", "old.tf:1", Severity.CRITICAL), found("x/a", "a.tf:1"))
        house.checkers[:] = [FakeChecker("x", findings=findings)]
        waivers = OLD.format(day=day(house))
        more = waivers.replace("x/old", "x/a").replace("old.tf", "a.tf").removeprefix("# Ours.")
        house.commit(**{"old.tf": "x", FILE: f"{waivers}\n{more}"})
        done = await house.do()
        assert done.state is State.SUCCEEDED and done.plan is not None
        (told,) = [each for each in done.plan.findings if each.rule == "infrastructure_waived"]
        assert "2 are waived, 1 of them critical" in told.what and told.severity is Severity.MEDIUM
        assert told.untrusted_places == (f"x/old old.tf:1: it goes (bob, until {day(house)})",)
        house.commit(**{"old.tf": "x", FILE: more})
        assert (await house.do()).state is State.FAILED, "it is its critical finding that was waived"

    play(story())


def test_an_agent_cannot_waive(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/a", "a.tf:1"))
        given = {"project": str(tmp_path), "reason": "r", "until": day(house)}
        assert (await house.refused("waive_findings", AGENT, **given)).code == "not_for_agents"
        assert not (tmp_path / FILE).exists()

    play(story())


def test_nothing_is_waived_in_a_checkout_that_lies_in_what_is_kr8s_own(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/a", "a.tf:1"))
        grounds = replace(house.services.checkouts, grounds=Grounds((tmp_path,)))
        house.services = replace(house.services, checkouts=grounds)
        given = {"project": str(tmp_path), "reason": "r", "until": day(house)}
        assert (await house.refused("waive_findings", **given)).code == "directory_reserved"
        assert not (tmp_path / FILE).exists()

    play(story())


def test_a_waiver_whose_worst_is_no_severity_waives_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, found("x/old", "old.tf:1"))
        put(house, tmp_path, {"a.tf": "a", FILE: f'{OLD.format(day=day(house))}\nat_most = "grave"\n'})
        after = await house.call("validate_infrastructure", project=str(tmp_path))
        assert [each["rule"] for each in after["findings"]] == ["waivers/not-valid", "x/old"]
        assert "at_most" in after["findings"][0]["what"]

    play(story())
