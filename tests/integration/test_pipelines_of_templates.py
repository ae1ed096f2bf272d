"""The pipeline of a project as a built-in template makes it: its services are built, linted and tested."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from scripts.provision.places import cache
from tests.support.scene import Scene
from tests.support.workflow import Runner, as_origin, source_of_kr8

from kr8.domain.project import Project
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.templates.folders import BUILT_IN

NAMES = sorted(path.parent.name for path in BUILT_IN.glob("*/template.toml"))
WORKFLOW = ".github/workflows/kr8.yml"
AUTHOR = ("-c", "user.name=ann", "-c", "user.email=ann@localhost", "-c", "commit.gpgsign=false")
MISTAKES = {
    "go-service": ("app.go", "\nfunc  badly() {}\n"),
    "node-service": ("src/main.js", "\nconst broken = ;\n"),
    "scheduled-job": ("job/tidy.py", "\nimport json\n"),
    "static-site": ("server/site.py", "\nimport json\n"),
    "web-service": ("app/main.py", "\nimport json\n"),
    "worker": ("worker/loop.py", "\nimport decimal\n"),
}
"""What a linter must find: the file, and what is added to it."""


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Scene() as made:
        yield made


@pytest.fixture(scope="module")
def runner(scene: Scene) -> Runner:
    """A machine that keeps its caches from job to job; the kr8 of one job is that of the next."""
    folder = scene.directory / "r"
    hosted = {name: value for name, value in scene.variables.items() if name != "KR8_HOME"}
    own_home = {"HOME": str(folder / "home"), "UV_CACHE_DIR": str(cache().parent / "uv")}
    return Runner(folder, scene.project, hosted | as_origin() | own_home)


def made(scene: Scene, name: str) -> Path:
    """The project of a template with its pipeline, to which nothing was said but where kr8 comes from."""
    folder = scene.directory / name
    scene.cli("new", name, "--template", name, "--directory", str(folder))
    with (folder / "kr8.toml").open("a") as file:
        file.write(f'\n[infrastructure.pipeline]\nkr8 = "{source_of_kr8()}"\n')
    scene.cli("generate", "pipeline", where=folder)
    return folder


def project(folder: Path) -> Project:
    return TomlProjectFiles().read((folder / "kr8.toml").read_bytes())


def committed(folder: Path) -> str:
    """Commit everything; the commit."""
    for words in (("add", "--all"), ("commit", "--quiet", "--message", "Change")):
        subprocess.run(["git", *AUTHOR, *words], cwd=folder, check=True)
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_project_is_built_linted_and_tested_and_what_is_badly_written_is_found(
    scene: Scene, runner: Runner, name: str
) -> None:
    folder = made(scene, name)
    ((service, checks),) = project(folder).infrastructure.pipeline.services.items()
    assert checks.cache and (folder / checks.locks[0]).is_file()
    jobs: dict[str, Any] = yaml.safe_load((folder / WORKFLOW).read_text())["jobs"]
    runner.origin = folder
    ended = runner.job(jobs[f"service-{service}"], committed(folder))
    assert ended.code == 0, ended.said
    wanted = ["Build", "Lint", "Test", "anchore/sbom-action"]
    assert [step for step in ended.ran if step in wanted] == wanted
    assert "Say that nothing tests it" not in ended.ran
    assert json.loads((runner.kept / f"sbom-{service}" / f"{service}.spdx.json").read_text())["spdxVersion"]
    file, mistake = MISTAKES[name]
    with (folder / file).open("a") as opened:
        opened.write(mistake)
    ended = runner.job(jobs[f"service-{service}"], committed(folder))
    assert ended.code != 0 and ended.ran[-1] == "Lint", ended.said


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_found_in_a_fresh_project(scene: Scene, name: str) -> None:
    folder = scene.directory / name
    if not folder.exists():
        made(scene, name)
    scene.cli("validate", where=folder)
