"""`fix_infrastructure`: edits of what stands, in files that nobody is changing, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fakes.checkers import FakeChecker, found
from tests.support.house import SHOP, House
from tests.support.virtual import play

from kr8.domain.edits import Edit
from kr8.domain.infrastructure_check import Checked, CheckState

TEXT = "one\ntwo\nthree\n"
WAIVER = """\
[[waiver]]
rule = "x/two"
place = "b.tf"
owner = "ada"
reason = "until the next release"
expires = 2026-02-01
"""


def edit(path: str, rule: str = "x/two", old: str = "two", new: str = "2") -> Edit:
    return Edit(rule=rule, path=path, line=2, old=(old,), new=(new,))


def house_of(root: Path, *edits: Edit, **files: str) -> House:
    """A repository on disk whose checker has these edits, each with its finding."""
    house = House()
    findings = tuple(found(each.rule, each.place) for each in edits)
    said = Checked(checker="x", state=CheckState.CHECKED, findings=findings, edits=edits)
    house.checkers[:] = [FakeChecker("x", answer=lambda *_: said)]
    contents = {"a.tf": TEXT, "b.tf": TEXT, **files}
    for path, text in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    house.repositories.put(root, {path: text.encode() for path, text in contents.items()})
    return house


async def fix(house: House, root: Path, **arguments: Any) -> dict[str, Any]:
    return await house.call("fix_infrastructure", project=str(root), **arguments)


def test_what_is_found_is_mended_and_shown(tmp_path: Path) -> None:
    async def story() -> None:
        said = await fix(house_of(tmp_path, edit("a.tf"), edit("b.tf")), tmp_path)
        assert (tmp_path / "a.tf").read_text() == (tmp_path / "b.tf").read_text() == "one\n2\nthree\n"
        assert said["changed"] == 2 and [each["untrusted_path"] for each in said["files"]] == ["a.tf", "b.tf"]
        assert "--- a/a.tf\n+++ b/a.tf\n" in said["untrusted_diff"] and "-two\n+2\n" in said["untrusted_diff"]
        assert said["left"] == []

    play(story())


def test_a_preview_changes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        said = await fix(house_of(tmp_path, edit("a.tf")), tmp_path, preview=True)
        assert (tmp_path / "a.tf").read_text() == TEXT
        assert said["changed"] == 0 and "-two\n+2\n" in said["untrusted_diff"] and "preview" in said["next_step"]

    play(story())


def test_a_file_with_changes_of_its_own_is_left_alone_and_said(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, edit("a.tf"), edit("b.tf"))
        house.repositories.dirty[tmp_path] = ("a.tf", "README.md")
        said = await fix(house, tmp_path)
        assert (tmp_path / "a.tf").read_text() == TEXT and said["changed"] == 1
        (left,) = said["left"]
        assert left["untrusted_path"] == "a.tf" and "not committed" in left["why"]

    play(story())


def test_what_lies_in_a_folder_that_is_new_is_not_committed_either(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, edit("new/a.tf"), **{"new/a.tf": TEXT})
        house.repositories.dirty[tmp_path] = ("new/",)
        assert (await fix(house, tmp_path))["changed"] == 0
        assert (tmp_path / "new/a.tf").read_text() == TEXT

    play(story())


def test_what_is_waived_is_not_mended(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, edit("a.tf"), edit("b.tf"), **{".kr8/waivers.toml": WAIVER})
        assert (await fix(house, tmp_path))["changed"] == 1
        assert (tmp_path / "b.tf").read_text() == TEXT

    play(story())


def test_a_file_that_has_changed_since_it_was_checked_is_left_alone(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, edit("a.tf"), edit("b.tf", old="another"))
        (tmp_path / "a.tf").write_text("changed\n")
        said = await fix(house, tmp_path)
        assert said["changed"] == 0 and (tmp_path / "a.tf").read_text() == "changed\n"
        assert ["call again" in each["why"] for each in said["left"]] == [True, True]
        assert "says why" in said["next_step"] and "by hand" not in said["next_step"]

    play(story())


def test_nothing_to_mend_is_said(tmp_path: Path) -> None:
    async def story() -> None:
        said = await fix(house_of(tmp_path), tmp_path)
        assert said["changed"] == 0 and said["files"] == said["left"] == [] and "Nothing" in said["next_step"]

    play(story())


def test_a_validation_that_is_not_over_mends_nothing_yet(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_of(tmp_path, edit("a.tf"))
        house.checkers[0].clock, house.checkers[0].seconds = house.clock, 40
        said = await fix(house, tmp_path, wait_s=5)
        assert said["state"] == "running" and said["running"] == ["x"] and (tmp_path / "a.tf").read_text() == TEXT
        await fix(house, tmp_path, wait_s=20)
        assert (await fix(house, tmp_path, wait_s=20))["changed"] == 1

    play(story())


def test_a_secret_in_the_difference_is_masked_and_the_whole_is_short(tmp_path: Path) -> None:
    async def story() -> None:
        secret = "canary-0123456789abcdefghijklmnopqrstuvwxy"
        many = {f"many/{number:03}.tf": f"{secret}\ntwo\n" for number in range(200)}
        house = house_of(tmp_path, *(edit(path) for path in many), **many)
        await house.secrets.set(SHOP, "staging", "TOKEN", secret, "ada")
        said = await fix(house, tmp_path)
        assert said["changed"] == 200 and "canary" not in str(said) and len(str(said)) / 4 <= 2000
        whole = await fix(house_of(tmp_path, *(edit(path) for path in many), **many), tmp_path, detail=True)
        assert len(whole["files"]) == 200 and whole["untrusted_diff"].count("-two\n") == 200

    play(story())
