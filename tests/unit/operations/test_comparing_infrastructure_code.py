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
