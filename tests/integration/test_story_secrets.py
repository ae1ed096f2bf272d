"""Secrets: the service gets them, and nobody finds them anywhere else."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.support.agent import Refusal
from tests.support.canaries import NAMES, canaries, forms, needles
from tests.support.scene import Scene, rolling, web

SEAM = 16 * 1024
"""Where the supervisor cuts a line."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        declare(scene)
        (scene.project / "evil").mkdir()
        (scene.project / "evil" / "sitecustomize.py").write_text(EVIL)
        scene.start_project()
        yield scene


def declare(scene: Scene, **more: Any) -> None:
    """A service with twelve secrets."""
    scene.write_toml(
        {"web": web(secrets=list(NAMES), env={"PLAIN": "told to everybody", "PYTHONPATH": "evil"}, **more)},
        {"development": {"strategy": rolling(), "listen": {"web": scene.at(0)}}},
    )


EVIL = """\
import ctypes, os, sys
print("code of the commit", file=sys.stderr, flush=True)
parent = os.pidfd_open(os.getppid())
for number in range(64):
    for held in (number, ctypes.CDLL(None).syscall(438, parent, number, 0)):  # pidfd_getfd
        try:
            found = os.pread(held, 4096, 0)
        except OSError:
            continue
        if found.startswith(b"AGE-SECRET-KEY"):
            print("it has the key", file=sys.stderr, flush=True)
"""
"""As sitecustomize.py: every Python runs it that looks where PYTHONPATH says. It tells whether it has the key."""


@pytest.fixture(scope="module")
def values(shop: Scene) -> dict[str, str]:
    return canaries()


@pytest.fixture(scope="module")
def said(shop: Scene, values: dict[str, str]) -> str:
    """All that kr8 has said while it was used with secrets."""
    heard: list[str] = []
    with pytest.raises(AssertionError):
        shop.deploy()
    missing = shop.op("list_deployments", limit=1)["deployments"][0]
    heard.append(json.dumps(missing))
    assert "has no value for" in missing["result"], missing
    for name, value in values.items():
        heard.append(json.dumps(shop.op("set_secret", name=name, environment="development", value=value)))
    first = shop.deploy()
    heard += [json.dumps(first), json.dumps(shop.op("get_environment", environment="development"))]
    for name, value in values.items():
        assert shop.get(f"/sha256/{name}")[2] == hashlib.sha256(value.encode()).hexdigest(), name
    # A careless service prints its secrets, and is asked to in every form, also over the seams of its output.
    for number, value in enumerate(values.values()):
        for written in forms(value):
            shop.get("/print", body=f"connecting with {written}".encode())
            shop.get("/print", body=f"{'A' * (SEAM - 1 - number)}{written}; and so on".encode())
    for mode in ("leak", "leak at the seam", "leak by health", "leak by version"):
        shop.behave(mode)
        heard.append(json.dumps(shop.deploy(state="rolled_back")))
    shop.behave("ok")
    for name in NAMES[:4]:
        declare(shop, before={"run": ["python3", "-c", CUT, name], "reversible": True})
        shop.commit()
        heard.append(json.dumps(shop.deploy(state="rolled_back")))
    declare(shop)
    shop.commit()
    for name, value in values.items():
        with suppress(Refusal):
            shop.agent.call("deploy_project", environment="development", project="shop", reason=f"for {value}")
        with suppress(Refusal):
            shop.op("create_deployment", environment=value, project=name)
    for each in shop.op("list_deployments", limit=50)["deployments"]:
        shop.until(each["id"], lambda seen: seen["state"] not in ("planning", "queued", "running", "returning"))
    for each in shop.op("list_deployments", limit=100)["deployments"]:
        heard += pages(shop, each["id"])
    heard += [json.dumps(shop.op("list_deployments", limit=100)), json.dumps(shop.op("list_audit", limit=500))]
    heard += [shop.cli("env", "development", as_json=False).out, shop.cli("secret", "list").out]
    heard += [shop.cli("logs", first["id"], as_json=False).out, shop.cli("doctor", code=None).out]
    return "\n".join(heard)


CUT = """\
import os, sys
value = os.environ[sys.argv[1]]
print("x" * 20000 + value)
print("y" * (8 * 1024 - 2 - len(value.encode()) + 2), flush=True)
sys.exit(4)
"""
"""Prints so much that of its last 8 KiB the first are all of the secret but its beginning."""


def pages(shop: Scene, deployment: str) -> list[str]:
    """What a deployment's services printed, a few lines and one line at a time, from both ends."""
    found: list[str] = []
    for limit in (1, 7):
        asked: dict[str, Any] = {"deployment": deployment, "limit": limit, "source": "services"}
        page = shop.agent.call("get_deployment_logs", **asked)
        for _ in range(40):
            found.append(json.dumps(page, ensure_ascii=False))
            if page["earlier"] is None:
                break
            page = shop.agent.call("get_deployment_logs", **asked, cursor=page["earlier"])
    return found


def test_nothing_that_kr8_says_has_a_secret_or_a_part_of_one_in_it(said: str, values: dict[str, str]) -> None:
    assert not needles(values).findall(said)
    assert "told to everybody" in said and "«secret» version 1" in said and "connecting with" in said


def test_the_key_to_all_secrets_is_no_service_s(said: str) -> None:
    assert "code of the commit" in said
    assert "it has the key" not in said


def test_no_file_of_the_home_has_a_secret_in_it(shop: Scene, said: str, values: dict[str, str]) -> None:
    assert said
    wanted = re.compile(needles(values).pattern.encode())
    files = [each for each in shop.home.rglob("*") if each.is_file() and not each.is_symlink()]
    assert len(files) > 30
    hits = [str(each.relative_to(shop.home)) for each in files if wanted.search(each.read_bytes())]
    # What a service or its command prints is kept as it was printed, for nobody but kr8's user; it is masked when read.
    printed = ("logs/prj_", "supervisor/instances/", "supervisor/tasks/")
    assert not [hit for hit in hits if not hit.startswith(printed)]


def test_nothing_of_the_project_s_repository_has_a_secret_in_it(shop: Scene, said: str, values: dict[str, str]) -> None:
    assert said
    text = b"".join(each.read_bytes() for each in shop.project.rglob("*") if each.is_file())
    assert not re.search(needles(values).pattern.encode(), text)


def test_only_the_service_itself_has_the_secrets_in_its_environment(
    shop: Scene, said: str, values: dict[str, str]
) -> None:
    assert said
    holders = {
        pid
        for pid in shop.processes()
        for value in values.values()
        if value.encode() in (Path("/proc") / str(pid) / "environ").read_bytes()
    }
    serving = {instance["pid"] for instance in shop.supervisor("GET", OBSERVED)["shares"][0]["members"]}
    assert holders == serving


OBSERVED = "/v1/services/prj_shop01.development.web/observed"


def test_a_new_value_reaches_the_next_release_and_a_rollback_brings_the_old_one_back(
    shop: Scene, said: str, values: dict[str, str]
) -> None:
    assert said
    fresh = secrets.token_hex(16)
    shop.behave("ok")
    line = shop.cli("secret", "set", NAMES[0], "-e", "development", text=f"{fresh}\n").value
    assert (line["version"], shop.get(f"/sha256/{NAMES[0]}")[2]) == (2, digest(values[NAMES[0]]))
    shop.deploy()
    assert shop.get(f"/sha256/{NAMES[0]}")[2] == digest(fresh)
    opened = shop.op("rollback_deployment", environment="development")
    shop.ended(opened["id"])
    assert shop.get(f"/sha256/{NAMES[0]}")[2] == digest(values[NAMES[0]])


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def test_a_commit_that_has_a_key_in_it_is_named(shop: Scene, said: str) -> None:
    assert said
    shop.commit({"settings.py": 'AWS_SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY' + 'EXAMPLEKEY"\n'})
    opened = shop.op("create_deployment", environment="development")
    seen = shop.until(opened["id"], lambda each: each["state"] != "planning")
    assert any("settings.py:" in str(finding["untrusted_places"]) for finding in seen["findings"]), seen["findings"]
