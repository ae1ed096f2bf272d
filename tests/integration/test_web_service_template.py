"""From the template to a service that runs: committed, scanned, built, tested by its own tests, and answering."""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.clock import FakeClock

from kr8.domain.finding import Severity
from kr8.domain.redact import Redactor
from kr8.domain.release import Build
from kr8.drivers.build.driver import LocalBuilder
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.process.driver import Processes
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.scan.driver import SecretScanner
from kr8.drivers.templates.driver import FolderTemplates
from kr8.ports.builder import BuildOrder

PROCESSES = Processes(os.environ)
GIT = GitRepositories(PROCESSES)


async def built_from_template(home: Path) -> Build:
    """All that create_project and create_deployment do with a template."""
    folder = home / "shop"
    made = await FolderTemplates(home, PROCESSES).render("web-service", {"name": "shop", "id": "prj_7k2m9q"})
    TomlProjectFiles().write(folder, {file.path: file.content for file in made.files})
    commit = await GIT.start(folder, "Start")
    findings = await SecretScanner(GIT, PROCESSES).scan(folder, commit.id)
    assert not [found for found in findings if found.severity is not Severity.INFO]
    content = await GIT.read(folder, commit.id, "kr8.toml")
    spec = TomlProjectFiles().read(content or b"").services["web"]
    tree = await GIT.tree(folder, commit.id, spec.path)
    order = BuildOrder(project="prj_7k2m9q", service="web", repository=folder, commit=commit.id, tree=tree, spec=spec)
    builder = LocalBuilder(home, GIT, PROCESSES, FakeClock(), os.environ, Redactor(()).piece)
    said: list[str] = []

    async def say(line: str) -> None:
        said.append(line)

    return await builder.build(order, say)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return asyncio.run(built_from_template(tmp_path_factory.mktemp("home")))


@pytest.fixture
def service(build: Build) -> Iterator[http.client.HTTPConnection]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [".venv/bin/python", "-m", "app", str(port)]
    process = subprocess.Popen(command, cwd=build.directory, env={"KR8_VERSION": "abc123"})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    deadline = time.monotonic() + 20
    while connection.sock is None:
        try:
            connection.connect()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "it does not listen"
            time.sleep(0.02)
    yield connection
    connection.close()
    process.terminate()
    assert process.wait(timeout=15) in (0, -15)


def ask(
    service: http.client.HTTPConnection, method: str, path: str, body: bytes = b""
) -> tuple[int, str | None, bytes]:
    service.request(method, path, body)
    response = service.getresponse()
    return response.status, response.headers["x-app-version"], response.read()


def test_its_own_tests_pass(build: Build) -> None:
    command = [".venv/bin/python", "-m", "unittest", "discover", "-s", "tests", "-t", "."]
    done = subprocess.run(command, cwd=build.directory, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_it_answers_with_its_version_on_one_connection(service: http.client.HTTPConnection) -> None:
    assert ask(service, "GET", "/healthz") == (200, "abc123", b"ok\n")
    assert ask(service, "POST", "/", b"\x00 echo") == (200, "abc123", b"\x00 echo")
    assert ask(service, "POST", "/", b"x" * (2 << 20))[0] == 413


def test_it_counts_what_it_answers(service: http.client.HTTPConnection) -> None:
    ask(service, "GET", "/")
    status, _, body = ask(service, "GET", "/metrics")
    assert (status, b'app_requests_total{method="GET",status="200"} 1' in body) == (200, True)


def test_its_events_carry_the_version(service: http.client.HTTPConnection) -> None:
    service.request("GET", "/events")
    response = service.getresponse()
    assert response.headers["content-type"] == "text/event-stream"
    assert response.readline() == b"id: 1\n"
    assert b"abc123" in response.readline()
    response.close()
