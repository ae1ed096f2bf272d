"""Builds that fail, take too long or fill the disk: their last lines, their limit, and nothing changed."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.scene import Scene, rolling, web


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        declare(scene)
        scene.start_project()
        scene.deploy()
        yield scene


def declare(scene: Scene, **build: Any) -> None:
    """One service with a build."""
    scene.write_toml({"web": web(**build)}, {"development": {"strategy": rolling(), "listen": {"web": scene.at(0)}}})


@pytest.mark.parametrize(
    ("build", "limit", "code", "shown"),
    [
        ("echo compiling; echo 'main.c:7: error: no such thing' >&2; exit 3", "30s", "build_failed", "main.c:7"),
        ("echo downloading; sleep 60", "1s", "build_timed_out", "downloading"),
        ("echo filling; fallocate -l 5G big; sleep 60", "60s", "build_disk_full", "filling"),
    ],
)
def test_a_build_that_fails_shows_its_last_lines_and_changes_nothing(
    shop: Scene, build: str, limit: str, code: str, shown: str
) -> None:
    before, generation = shop.version(), shop.generation()
    declare(shop, build=build, build_limit=limit)
    shop.commit()
    seen = shop.deploy(state="failed")
    assert seen["problem"]["code"] == code, seen["problem"]
    assert shown in "\n".join(seen["problem"]["output"]) and seen["problem"]["mend"]
    assert seen["problem"]["outcome"] == "not_started"
    logs = shop.op("get_deployment_logs", deployment=seen["id"], step="build")["lines"]
    assert any(shown in line["text"] and line["untrusted"] for line in logs)
    assert (shop.version(), shop.generation()) == (before, generation)
    assert not list((shop.home / "builds").glob("*/tmp")), "what a failed build has left is removed"


def test_a_build_is_made_of_the_commit_alone_and_once(shop: Scene) -> None:
    declare(shop, build="date +%s%N > stamp; ls > listing; env > seen")
    (shop.project / ".gitignore").write_text("ignored\n")
    (shop.project / "ignored").write_text("not in the commit")
    shop.commit()
    first = shop.deploy()
    release = shop.op("get_environment", environment="development")["services"][0]
    files = shop.home / "builds" / release["build"] / "files"
    assert "ignored" not in (files / "listing").read_text()
    assert "KR8_HOME" not in (files / "seen").read_text()
    stamp = (files / "stamp").read_text()
    opened = shop.op("create_deployment", environment="development", commit=first["commit"])
    shop.until(opened["id"], lambda each: each["state"] == "planned")
    assert (files / "stamp").read_text() == stamp, "the same commit was built twice"


def test_a_port_that_somebody_has_is_named_with_who_has_it(shop: Scene) -> None:
    with socket.create_server(("127.0.0.1", shop.ports[3])):
        text = (shop.project / "kr8.toml").read_text()
        shop.commit({"kr8.toml": text.replace(shop.at(0), shop.at(3))})
        seen = shop.deploy(state="failed")
        shop.commit({"kr8.toml": text})
    assert seen["problem"]["code"] == "port_taken"
    assert str(os.getpid()) in seen["problem"]["what"], seen["problem"]
    assert shop.get()[0] == 200
