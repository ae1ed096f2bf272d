"""Every built-in template, by kr8 itself: made, built with its own tests, running, its infrastructure code in order."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from tests.support.scene import Scene
from tests.support.waiting import wait_for

from kr8.drivers.process.driver import Processes
from kr8.drivers.templates.driver import FolderTemplates
from kr8.drivers.templates.folders import BUILT_IN

SERVING = ["go-service", "node-service", "static-site", "web-service"]
NAMES = sorted(path.parent.name for path in BUILT_IN.glob("*/template.toml"))
BUILD_S = 600.0
"""Go's first build compiles its standard library: half a minute of a core that nobody else uses."""
DUE_S = 75.0
"""A job that is due every minute has run once."""


@dataclass(frozen=True)
class Made:
    """A project of a template, deployed to development."""

    scene: Scene
    name: str
    folder: Path
    port: int
    deployment: str

    def cli(self, *arguments: str, code: int | None = 0) -> Any:
        """A command in the project, in JSON."""
        return self.scene.cli(*arguments, where=self.folder, code=code).value

    @property
    def version(self) -> str:
        """What its services must say that they are."""
        done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=self.folder, check=True, capture_output=True, text=True)
        return done.stdout[:12]

    @property
    def built(self) -> Path:
        """The folder that its build has left."""
        (status,) = self.status["services"]
        command = self.cli("env", "development")["services"][0]
        assert command["service"] == status["service"]
        return self.scene.home / "builds" / command["build"] / "files"

    @property
    def status(self) -> Any:
        """What development serves."""
        (environment,) = [each for each in self.cli("status")["environments"] if each["environment"] == "development"]
        return environment

    def ask(self, path: str) -> tuple[int, str | None, str]:
        """A request through the proxy: status, version, body."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        response = connection.getresponse()
        told = response.status, response.headers["x-app-version"], response.read().decode()
        connection.close()
        return told


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Scene() as made:
        yield made


Project = Callable[[str], Made]


@pytest.fixture(scope="module")
def project(scene: Scene) -> Project:
    """The project of a template; made and deployed for the first test that wants it."""

    @cache
    def made(name: str) -> Made:
        port = scene.ports[NAMES.index(name)]
        own = {"scheduled-job": ["--value", "schedule=* * * * *"], "worker": []}
        folder = scene.directory / name
        values = own.get(name, ["--value", f"development_port={port}"])
        scene.cli("new", name, "--template", name, "--directory", str(folder), *values)
        opened = scene.op("deploy_project", project=str(folder), environment="development")
        scene.ended(opened["id"], limit_s=BUILD_S)
        return Made(scene, name, folder, port, opened["id"])

    return made


def test_it_is_built_in_what_its_place_says() -> None:
    assert sorted([*SERVING, "scheduled-job", "worker"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_brings_along_what_a_service_needs(name: str) -> None:
    files = {path.name.removesuffix(".jinja") for path in (BUILT_IN / name / "files").rglob("*") if path.is_file()}
    assert {"kr8.toml", "Dockerfile", "README.md", "RUNBOOK.md", ".dockerignore", ".gitignore"} <= files


@pytest.mark.parametrize("name", NAMES)
def test_what_it_needs_and_is_not_there_is_told_before_anything_is_built(name: str, tmp_path: Path) -> None:
    templates = FolderTemplates(tmp_path, Processes(os.environ), path=str(tmp_path))
    (described,) = [each for each in asyncio.run(templates.list()) if each.name == name]
    assert described.needs or name == "web-service"
    said = asyncio.run(templates.unmet(name))
    assert said == tuple(f"It needs {need}, which is not on PATH." for need in described.needs)


@pytest.mark.parametrize("name", SERVING)
def test_it_serves_its_version_is_healthy_and_shows_its_measures(project: Project, name: str) -> None:
    made = project(name)
    assert made.ask("/")[:2] == (200, made.version)
    assert made.ask("/healthz") == (200, made.version, "ok\n")
    status, version, text = made.ask("/metrics")
    assert (status, version) == (200, made.version)
    assert f'app_info{{version="{made.version}"}} 1' in text
    assert 'app_requests_total{method="GET",status="200"}' in text and "app_request_seconds_bucket" in text


@pytest.mark.parametrize("name", SERVING)
def test_another_version_takes_over_and_no_request_fails(project: Project, name: str) -> None:
    made = project(name)
    before = made.version
    (made.folder / "NOTES.md").write_text("Another version.\n")
    author = ["-c", "user.name=author", "-c", "user.email=author@localhost"]
    for words in (["add", "NOTES.md"], ["commit", "--quiet", "--message", "Note"]):
        subprocess.run(["git", *author, *words], cwd=made.folder, check=True)
    over = threading.Event()
    with ThreadPoolExecutor() as clients:
        asking = [clients.submit(ask_on, made.port, over) for _ in range(4)]
        try:
            opened = made.scene.op("deploy_project", project=str(made.folder), environment="development")
            made.scene.ended(opened["id"], limit_s=BUILD_S)
        finally:
            over.set()
        said = [each.result() for each in asking]
    assert {version for versions in said for version in versions} == {before, made.version}
    assert sum(versions.total() for versions in said) > 100


def ask_on(port: int, over: threading.Event) -> Counter[str]:
    """One client on one connection after another: how often each version has answered. Fails with the first failure."""
    versions: Counter[str] = Counter()
    while not over.is_set():
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        for _ in range(50):
            connection.request("GET", "/")
            response = connection.getresponse()
            response.read()
            assert response.status == 200, response.status
            versions[response.headers["x-app-version"]] += 1
            over.wait(0.01)
        connection.close()
    return versions


@pytest.mark.parametrize("name", NAMES)
def test_its_own_tests_pass_on_what_was_built(project: Project, tmp_path: Path, name: str) -> None:
    made = project(name)
    templates = FolderTemplates(made.scene.home, Processes(os.environ))
    (described,) = [each for each in asyncio.run(templates.list()) if each.name == made.name]
    assert described.tests is not None
    compiled = str(made.scene.home / "cache" / "go" / "build")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GOCACHE": compiled, "CGO_ENABLED": "0"}
    done = subprocess.run(described.tests.run, cwd=made.built, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_queue_is_worked_on(project: Project) -> None:
    made = project("worker")
    (data,) = made.scene.home.glob("data/*/development/worker/worker")
    worker = ["python3", "-m", "worker"]
    env = {"PATH": os.environ["PATH"], "DATA": str(data)}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*worker, *arguments], cwd=made.folder, env=env, check=True, capture_output=True, text=True
        )
        return done.stdout

    run("add", "greet", '{"name": "Ada"}')
    wait_for(lambda: json.loads(run("status"))["done"] == 1 or None)
    run("health")
    assert f'app_info{{version="{made.version}"}} 1' in wait_for(
        lambda: text if 'result="done"' in (text := (data / "worker.prom").read_text()) else None
    )
    said = json.dumps(made.cli("logs", "--environment", "development", "--text", "greet"))
    assert "done" in said and "attempt" in said


def test_a_schedule_is_kept_and_shown(project: Project) -> None:
    made = project("scheduled-job")

    def last() -> Any:
        (service,) = made.status["services"]
        assert service["ready"] == 1 and service["trouble"] is None
        return service["timetable"]["last"]

    run = wait_for(last, DUE_S)
    assert (run["exit_code"], run["missed"], run["skipped"]) == (0, 0, 0)
    timetables = made.cli("deployment", "show", made.deployment)["timetables"]
    assert timetables["tidy"]["last"]["instance"] == run["instance"] and timetables["tidy"]["next"]
    said = json.dumps(made.cli("logs", "--environment", "development"))
    assert "this run exited with code 0" in said and made.version in said
    shown = made.scene.cli("status", where=made.folder, as_json=False).out
    assert "next run" in shown and "exited with code 0" in shown


@pytest.mark.parametrize("name", NAMES)
def test_its_infrastructure_code_is_in_order_on_every_target(project: Project, name: str) -> None:
    made = project(name)
    for target in ("terraform", "kubernetes", "ansible"):
        assert made.cli("generate", target)["files"]
    said = until_checked(lambda: made.cli("validate", "--limit", "200", code=None))
    worst = [each for each in said["findings"] if each["severity"] in ("medium", "high", "critical")]
    assert not worst, json.dumps(worst, indent=1)
    checked = {each["checker"] for each in said["checks"] if each["state"] == "checked"}
    assert checked >= {"kr8", "terraform", "kubernetes", "ansible", "checkov", "secrets"}, said["not_checked"]


def until_checked(ask: Callable[[], Any]) -> Any:
    """What validation says once it is at its end."""
    return wait_for(lambda: None if (said := ask())["verdict"] == "running" else said, 300.0)
