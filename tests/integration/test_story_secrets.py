"""Secrets: the service gets them, and nobody finds them anywhere else."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from tests.support.agent import Refusal
from tests.support.scene import Scene, rolling, web

NAMES = tuple(f"CANARY_{number}" for number in range(12))


def canaries() -> dict[str, str]:
    """Twelve values as people have them: plain, with spaces and quotes, of several lines, not ASCII, long."""
    fresh = [secrets.token_hex(12) for _ in NAMES]
    shapes = (
        "{}",
        "pa ss/{}+word=",
        'say "{}" twice',
        "it's {} & more",
        "back\\slash{}",
        "line one {}\nline two {}",
        "schlüssel-{}-日本",
        "postgresql://shop:{}@localhost/shop?sslmode=require",
        "%41{}%42",
        "<{}>",
        "${{{}}}",
        "x" * 2000 + "{}",
    )
    return {
        name: shape.replace("{}", value).replace("{{", "{").replace("}}", "}")
        for name, shape, value in zip(NAMES, shapes, fresh, strict=True)
    }


def forms(value: str) -> set[bytes]:
    """The ways in which a value would be found: whole, and each of its lines."""
    raw = value.encode()
    texts = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe="")}
    texts |= {quote_plus(value), base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode(), raw.hex()}
    texts |= {line for line in value.splitlines() if len(line) > 8}
    return {text.encode() for text in texts}


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        declare(scene)
        scene.start_project()
        yield scene


def declare(scene: Scene, **more: Any) -> None:
    """A service with twelve secrets."""
    scene.write_toml(
        {"web": web(secrets=list(NAMES), env={"PLAIN": "told to everybody"}, **more)},
        {"development": {"strategy": rolling(), "listen": {"web": scene.at(0)}}},
    )


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
    # A careless service prints its secrets, and is asked to in every form.
    for value in values.values():
        shop.get("/print", body=f"connecting with {value}".encode())
        shop.get("/print", body=json.dumps({"password": value}).encode())
        shop.get("/print", body=base64.b64encode(value.encode()))
        shop.get("/print", body=quote(value, safe="").encode())
    shop.behave("leak")
    heard.append(json.dumps(shop.deploy(state="rolled_back")))
    shop.behave("ok")
    leaking = {"run": ["sh", "-c", "env | grep -a CANARY_; exit 4"]}
    declare(shop, before=leaking)
    shop.commit()
    heard.append(json.dumps(shop.deploy(state="rolled_back")))
    declare(shop)
    shop.commit()
    for name, value in values.items():
        with suppress(Refusal):
            shop.agent.call("deploy_project", environment="development", project="shop", reason=f"for {value}")
        with suppress(Refusal):
            shop.op("create_deployment", environment=value[:100], project=name)
    for each in shop.op("list_deployments", limit=50)["deployments"]:
        shop.until(each["id"], lambda seen: seen["state"] not in ("planning", "queued", "running", "returning"))
    heard += [json.dumps(shop.agent.call("get_deployment_logs", deployment=first["id"], limit=500))]
    heard += [json.dumps(shop.op("list_deployments", limit=100)), json.dumps(shop.op("list_audit", limit=500))]
    heard += [shop.cli("env", "development", as_json=False).out, shop.cli("secret", "list").out]
    heard += [shop.cli("logs", first["id"], as_json=False).out, shop.cli("doctor", code=None).out]
    return "\n".join(heard)


def test_nothing_that_kr8_says_has_a_secret_in_it(said: str, values: dict[str, str]) -> None:
    found = [name for name, value in values.items() for form in forms(value) if form.decode() in said]
    assert not found
    assert "told to everybody" in said and "«secret» version 1" in said and "connecting with" in said


def test_no_file_of_the_home_has_a_secret_in_it(shop: Scene, said: str, values: dict[str, str]) -> None:
    assert said
    wanted = {form: name for name, value in values.items() for form in forms(value)}
    hits: list[tuple[str, str]] = []
    looked = 0
    for file in (each for each in shop.home.rglob("*") if each.is_file() and not each.is_symlink()):
        content = file.read_bytes()
        looked += 1
        hits += [(str(file.relative_to(shop.home)), name) for form, name in wanted.items() if form in content]
    assert looked > 30
    # What a service or its command prints is kept as it was printed, for nobody but kr8's user; it is masked when read.
    printed = ("logs/prj_", "supervisor/instances/", "supervisor/tasks/")
    assert not [hit for hit in hits if not hit[0].startswith(printed)]


def test_nothing_of_the_project_s_repository_has_a_secret_in_it(shop: Scene, said: str, values: dict[str, str]) -> None:
    assert said
    text = b"".join(each.read_bytes() for each in shop.project.rglob("*") if each.is_file())
    assert not [name for name, value in values.items() for form in forms(value) if form in text]


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
