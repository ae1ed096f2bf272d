"""What is generated can be compared with what is there, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.house import AGENT, House
from tests.support.virtual import play

from kr8.domain.problem import Refused
from kr8.surfaces.cli.render import render


@pytest.mark.parametrize("generator", ["terraform", "kubernetes", "ansible"])
def test_infrastructure_code_agrees_with_kr8_toml_until_that_is_changed(tmp_path: Path, generator: str) -> None:
    async def story() -> None:
        house = House()
        made = await house.call("create_project", AGENT, name="tea", directory=str(tmp_path / "tea"))
        told = {"project": made["path"]}
        first = await house.call(f"generate_{generator}", AGENT, **told, check=True)
        assert (
            first["state"] == "differs" and set(first["counts"]) == {"new"} and not Path(made["path"], "infra").exists()
        )
        await house.call(f"generate_{generator}", AGENT, **told)
        agreed = await house.call(f"generate_{generator}", AGENT, **told, check=True)
        assert (agreed["state"], agreed["files"]) == ("done", []) and "agree" in agreed["next_step"]

    play(story())


def test_a_file_that_is_not_there_differs_until_somebody_says_that_it_shall_not_be(tmp_path: Path) -> None:
    """Whoever checks may have a clone that never had it: Git ignored it, or nobody added it."""

    async def story() -> None:
        house = House()
        made = await house.call("create_project", AGENT, name="tea", directory=str(tmp_path / "tea"))
        told = {"project": made["path"]}
        await house.call("generate_terraform", AGENT, **told)
        gone = "infra/terraform/.gitignore"
        Path(made["path"], gone).unlink()
        checked = await house.call("generate_terraform", AGENT, **told, check=True)
        assert (checked["state"], checked["counts"]["missing"]) == ("differs", 1)
        assert "agree" not in checked["next_step"] and "keep" in checked["next_step"]
        written = await house.call("generate_terraform", AGENT, **told)
        assert written["state"] == "done" and written["next_step"] == checked["next_step"]
        kept = await house.call("generate_terraform", AGENT, **told, keep=[gone])
        assert kept["counts"]["kept"] == 1
        agreed = await house.call("generate_terraform", AGENT, **told, check=True)
        assert agreed["state"] == "done" and "agree" in agreed["next_step"]

    play(story())


def test_what_is_missing_is_told_beside_what_would_change(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        made = await house.call("create_project", AGENT, name="tea", directory=str(tmp_path / "tea"))
        told = {"project": made["path"]}
        await house.call("generate_terraform", AGENT, **told)
        Path(made["path"], "infra/terraform/.gitignore").unlink()
        settings = Path(made["path"], "kr8.toml")
        settings.write_text(settings.read_text() + '\n[infrastructure.terraform]\nregion = "eu-west-3"\n')
        for check in (True, False):
            answer = await house.call("generate_terraform", AGENT, **told, check=check)
            assert answer["counts"]["missing"] == 1 and answer["counts"]["updated"]
            assert "not made again: 1" in answer["next_step"]

    play(story())


def test_a_check_says_how_the_conflicts_that_it_finds_are_settled(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        made = await house.call("create_project", AGENT, name="tea", directory=str(tmp_path / "tea"))
        told = {"project": made["path"]}
        await house.call("generate_kubernetes", AGENT, **told)
        mine = Path(made["path"], "infra/kubernetes/base/web/deployment.yaml")
        mine.write_text("# mine\n")
        settings = Path(made["path"], "kr8.toml")
        settings.write_text(settings.read_text().replace('"-m", ', '"-O", "-m", '))
        checked = await house.call("generate_kubernetes", AGENT, **told, check=True)
        assert (checked["state"], checked["counts"]["conflict"]) == ("differs", 1), checked
        for way in ("Nothing was written", "without check", "edit its lines", "keep=[PATH]", "force=true"):
            assert way in checked["next_step"], checked["next_step"]
        written = await house.call("generate_kubernetes", AGENT, **told)
        assert written["state"] == "conflict" and "without check" not in written["next_step"]
        assert "generate again" in written["next_step"]

    play(story())


def test_a_file_that_is_generated_no_more_is_told_by_every_run_until_somebody_says_whose_it_is(tmp_path: Path) -> None:
    """One that a person has changed stays: whoever applies the folder applies it too."""

    async def story() -> None:
        house = House()
        made = await house.call("create_project", AGENT, name="tea", directory=str(tmp_path / "tea"))
        told = {"project": made["path"]}
        await house.call("generate_kubernetes", AGENT, **told)
        left, settings = "infra/kubernetes/base/web/deployment.yaml", Path(made["path"], "kr8.toml")
        Path(made["path"], left).write_text("# mine\n")
        settings.write_text(settings.read_text().replace("web", "site"))
        for check in (False, True, False):
            answer = await house.call("generate_kubernetes", AGENT, **told, check=check)
            assert answer["counts"]["orphaned"] == 1 and "agree" not in answer["next_step"]
            assert answer["state"] == ("differs" if check else "done")
            assert "no more: 1" in answer["next_step"] and "keep" in answer["next_step"]
        refused = await house.refused("generate_kubernetes", AGENT, **told, keep=["infra/kubernetes/nothing.yaml"])
        assert refused.field == "keep"
        kept = await house.call("generate_kubernetes", AGENT, **told, keep=[left])
        assert kept["counts"]["kept"] == 1
        agreed = await house.call("generate_kubernetes", AGENT, **told, check=True)
        assert agreed["state"] == "done" and "agree" in agreed["next_step"] and Path(made["path"], left).exists()

    play(story())


@pytest.mark.parametrize("more", [{"force": True}, {"keep": ["infra/terraform/.gitignore"]}])
def test_a_check_takes_neither_force_nor_what_to_keep(tmp_path: Path, more: dict[str, object]) -> None:
    async def story() -> None:
        house = House()
        made = await house.call("create_project", AGENT, name="tea", directory=str(tmp_path / "tea"))
        with pytest.raises(Refused) as caught:
            await house.call("generate_terraform", AGENT, project=made["path"], check=True, **more)
        assert (caught.value.problem.code, caught.value.problem.field) == ("invalid_argument", "check")

    play(story())


def test_a_difference_is_shown_line_by_line_behind_the_files() -> None:
    files = [
        {"path": "a.tf", "written": "new", "untrusted_difference": ""},
        {
            "path": "b.tf",
            "written": "updated",
            "untrusted_difference": "--- a/b.tf\n+++ b/b.tf\n@@ -1 +1 @@\n-old\n+new\n",
        },
    ]
    value = {"counts": {"new": 1, "updated": 1}, "files": files, "state": "differs", "next_step": "Generate."}
    shown = ["".join(line.text for line in [each]) for each in render("GeneratedView", value)]
    assert shown[-6:] == ["--- a/b.tf", "+++ b/b.tf", "@@ -1 +1 @@", "-old", "+new", "next step: Generate."]
    assert "difference" not in " ".join(shown)
