"""What kr8.toml leaves out is judged by nobody, but for secrets, and never looks like a pass."""

from __future__ import annotations

from typing import Any

from tests.fakes.checkers import FakeChecker, found
from tests.support.house import HEAD, STAGING, WEB, House
from tests.support.virtual import play

from kr8.domain.deployment import State
from kr8.domain.finding import Severity
from kr8.domain.infrastructure_check import Checked, CheckState, Gap, Part
from kr8.ports.checkers import Sources


def toml(*patterns: str) -> str:
    return "".join((HEAD, WEB, STAGING, f"[validation]\nleave_out = {list(patterns)}\n"))


def judges(sources: Sources, files: tuple[str, ...]) -> Checked:
    """A finding in each file that it is given."""
    findings = tuple(found("x/a", f"{file}:1") for file in files)
    return Checked(checker="x", state=CheckState.CHECKED, findings=findings)


def house_of(*patterns: str, **files: str) -> House:
    house = House(toml(*patterns))
    house.checkers[:] = [FakeChecker("x", pattern="*.tf", answer=judges)]
    house.commit(**{"infra/main.tf": "a", "old/a.tf": "a", "old/b.tf": "b", "old/README.md": "c", **files})
    return house


async def validate(house: House, **arguments: Any) -> dict[str, Any]:
    return await house.call("validate_infrastructure", **arguments)


def places(said: dict[str, Any]) -> list[str]:
    return [each["untrusted_place"] for each in said["findings"]]


def test_what_is_left_out_is_given_to_no_checker_and_told_with_the_files_of_code() -> None:
    async def story() -> None:
        said = await validate(house_of("old/**"))
        assert places(said) == ["infra/main.tf:1"]
        assert said["not_judged"] == [{"untrusted_pattern": "old/**", "files": 2}] and said["files_not_judged"] == 2
        assert "left out" in said["next_step"]

    play(story())


def test_a_pass_says_what_was_left_out() -> None:
    async def story() -> None:
        house = house_of("old/**")
        house.checkers[:] = [FakeChecker("x", pattern="*.tf")]
        said = await validate(house)
        assert said["verdict"] == "passed" and said["files_not_judged"] == 2 and "left out" in said["next_step"]

    play(story())


def test_secrets_are_looked_for_in_what_is_left_out_too() -> None:
    async def story() -> None:
        house = house_of("old/**")
        secrets = FakeChecker("secrets", part=Part.PROJECT, answer=judges)
        house.checkers.append(secrets)
        said = await validate(house)
        assert "old/README.md" in secrets.runs[0] and "old/a.tf:1" in places(said)
        assert said["not_judged"] == [{"untrusted_pattern": "old/**", "files": 2}], "a README is no code"

    play(story())


def test_where_all_code_is_left_out_nothing_was_checked() -> None:
    async def story() -> None:
        house = House(toml("old/**", "infra/main.tf"))
        house.checkers[:] = [FakeChecker("x", pattern="*.t*"), FakeChecker("secrets", part=Part.PROJECT)]
        house.commit(**{"infra/main.tf": "a", "old/a.tf": "a", ".kr8/waivers.toml": ""})
        said = await validate(house)
        assert said["verdict"] == "nothing" and "left out" in said["next_step"] and said["files_not_judged"] == 2
        assert (await validate(house, parts=["kubernetes"]))["verdict"] == "nothing"

    play(story())


def test_a_pattern_that_names_nothing_is_told() -> None:
    async def story() -> None:
        house = house_of("old/**", "gone/**")
        said = await validate(house, detail=True)
        (idle,) = [each for each in said["findings"] if each["rule"] == "kr8/leave-out-unused"]
        assert idle["severity"] == "info" and idle["untrusted_why"] == "gone/**"
        assert said["not_judged"][1] == {"untrusted_pattern": "gone/**", "files": 0}

    play(story())


class ByNeighbour(FakeChecker):
    """Takes a file for code where another one lies beside it."""

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """Everything, where there is a site.yml."""
        return sources.files if "site.yml" in sources.files else ()


def test_what_is_code_by_what_is_judged_beside_it_is_counted_too() -> None:
    async def story() -> None:
        house = house_of("roles/**", **{"site.yml": "a", "roles/web/main.yml": "b"})
        house.checkers[:] = [ByNeighbour("x", answer=judges)]
        assert (await validate(house))["files_not_judged"] == 1

    play(story())


def test_what_was_not_read_there_is_not_missing() -> None:
    async def story() -> None:
        house = house_of("old/**")
        house.checkers[:] = [FakeChecker("x", pattern="*.tf")]
        gaps = [Gap(why="not read: larger than 1 MiB.", what=place, place=place) for place in ("old/c.yaml", "b.yaml")]
        house.copies.unread = tuple(gaps)
        (told,) = (await validate(house))["not_checked"]
        assert told["checker"] == "files" and told["untrusted_why"].startswith("b.yaml: ")

    play(story())


def test_what_a_tool_may_read_beside_the_code_is_no_code() -> None:
    async def story() -> None:
        house = house_of("docs/**", **{"docs/a.md": "a", "docs/b.png": "b", "docs/example.tf": "c"})
        house.checkers[:] = [FakeChecker("x", judges=(".tf",))]
        said = await validate(house)
        assert said["not_judged"] == [{"untrusted_pattern": "docs/**", "files": 1}]

    play(story())


def test_where_only_what_a_tool_may_read_is_judged_all_code_is_left_out() -> None:
    async def story() -> None:
        house = house_of("infra/main.tf", "old/**")
        house.checkers[:] = [FakeChecker("x", judges=(".tf",))]
        assert (await validate(house))["verdict"] == "nothing"

    play(story())


def unread(*places: str) -> tuple[Gap, ...]:
    return tuple(Gap(why="not read: it is a submodule.", what=place, place=place, lasting=True) for place in places)


def test_code_that_is_left_out_and_that_nobody_has_read_is_counted() -> None:
    async def story() -> None:
        house = house_of("terraform-live", "old/**")
        house.checkers[:] = [FakeChecker("x", pattern="*.tf")]
        house.copies.unread = unread("terraform-live", "old/large.tf")
        said = await validate(house, detail=True)
        counts = {each["untrusted_pattern"]: each["files"] for each in said["not_judged"]}
        assert counts == {"terraform-live": 1, "old/**": 3} and said["files_not_judged"] == 4
        assert said["findings"] == [], "terraform-live names something"
        plan = (await house.do()).plan
        assert plan is not None
        (told,) = [each for each in plan.findings if each.rule == "infrastructure_left_out"]
        assert told.untrusted_places == ("terraform-live (1)", "old/** (3)")

    play(story())


def test_where_what_nobody_has_read_is_all_the_code_nothing_was_checked() -> None:
    async def story() -> None:
        house = House(toml("terraform-live"))
        house.checkers[:] = [FakeChecker("x", pattern="*.tf")]
        house.commit()
        house.copies.unread = unread("terraform-live")
        said = await validate(house)
        assert said["verdict"] == "nothing" and "left out" in said["next_step"]

    play(story())


def test_what_would_run_code_there_is_no_more_looked_for_than_anything_else() -> None:
    async def story() -> None:
        house = house_of("old/**")
        await validate(house)
        assert house.guard.looked[-1] == ("app.py", "infra/main.tf", "kr8.toml")

    play(story())


def test_many_patterns_are_named_in_detail_alone_and_counted_all() -> None:
    async def story() -> None:
        folders = [f"old{number}" for number in range(9)]
        files = {f"{folder}/a.tf": "a" for folder in folders}
        house = house_of(*(f"{folder}/**" for folder in folders), **files)
        said = await validate(house)
        assert len(said["not_judged"]) == 5 and said["files_not_judged"] == 9
        assert len((await validate(house, detail=True))["not_judged"]) == 9

    play(story())


def test_a_plan_is_made_by_the_same_and_says_how_much_nobody_has_judged() -> None:
    async def story() -> None:
        critical = Checked(
            checker="x", state=CheckState.CHECKED, findings=(found("x/open", "old/a.tf:1", Severity.CRITICAL),)
        )
        house = house_of("old/**")
        house.checkers[:] = [
            FakeChecker("x", pattern="*.tf", answer=lambda _, files: critical if "old/a.tf" in files else judges(_, ()))
        ]
        done = await house.do()
        assert done.state is State.SUCCEEDED and done.plan is not None
        (told,) = [each for each in done.plan.findings if each.rule == "infrastructure_left_out"]
        assert told.severity is Severity.MEDIUM and told.untrusted_places == ("old/** (2)",)
        house.commit("".join((HEAD, WEB, STAGING)), **{"old/a.tf": "a"})
        assert (await house.do()).state is State.FAILED

    play(story())


def test_what_kr8_deploys_from_is_refused_when_kr8_toml_is_read() -> None:
    async def story() -> None:
        said = await validate(house_of("infra/terraform/**"), detail=True)
        assert "kr8/invalid-project-file" in [each["rule"] for each in said["findings"]]
        assert said["not_judged"] == [] and "old/a.tf:1" in places(said), "then nothing is left out"

    play(story())
