"""A real repository that changes after the plan: what was planned is what runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from tests.support.scene import Scene, rolling, web


@pytest.fixture
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        scene.declare()
        scene.start_project()
        yield scene


def test_what_runs_is_the_plans_commit_whatever_becomes_of_branch_files_and_checkout(shop: Scene) -> None:
    planned = shop.git("rev-parse", "HEAD")[:12]
    opened = shop.op("create_deployment", environment="development", commit="main", wait_s=25)
    plan = shop.until(opened["id"], lambda each: each["state"] == "planned")
    other = {"listen": {"web": shop.at(1)}, "strategy": rolling(bake="25s"), "scale": {"web": {"min": 3, "max": 3}}}
    shop.write_toml({"web": web(run=["false"])}, {"development": other})
    assert shop.commit({"app.py": "raise SystemExit('nobody has seen this')"}) != planned
    shop.git("branch", "--move", "main", "elsewhere")
    (shop.project / "app.py").write_text("not even committed")
    shop.op("list_templates", project="shop")
    shutil.rmtree(shop.project)
    shop.op("deploy_project", deployment=plan["id"], digest=plan["digest"])
    done = shop.ended(plan["id"])
    assert (done["digest"], done["changes"]) == (plan["digest"], plan["changes"])
    assert shop.version(0) == planned
    shop.until_refused(1)
