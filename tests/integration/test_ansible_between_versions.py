"""What stops a run of the generated playbooks between two versions, on two Debian hosts that are made of this machine.

The tests go on from each other: a version is deployed for each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.hosts.fleet import Fleet, running, side, two_hosts, versions
from tests.support.hosts.host import BRIDGE, Host
from tests.support.hosts.namespaces import LIMIT_S
from tests.support.hosts.playbooks import BATCH
from tests.support.load import Load, unhurt
from tests.support.waiting import wait_for

FIRST, SECOND = "10.98.0.11", "10.98.0.12"
SHOP = """\
[project]
name = "shop"
id = "prj_7k2m9q"
{api}
[services.web]
run = ["/usr/bin/python3", "app.py", "{{port}}", "{word}"]
env = {{ GREETING = "{word}" }}
secrets = ["TOKEN"]
health = {{ path = "{health}", ready_limit = "3s" }}
before = {{ run = ["/bin/sh", "before.sh"], limit = "{limit}", reversible = {reversible} }}

[environments.production]
listen = {{ web = "127.0.0.1:8002", api = "127.0.0.1:8003" }}

[environments.production.infrastructure.ansible]
hosts = ["10.98.0.11", "10.98.0.12"]
keep = 2
first_port = {first_port}
ports = {{ web = 80, api = 8080 }}
"""
API = """
[services.api]
run = ["/usr/bin/python3", "app.py", "{port}"]
health = { path = "/healthz", ready_limit = "3s" }
"""
NOTES = 'printf "%s\\n" "$(id -un) $PWD $GREETING $TOKEN $KR8_VERSION" >> "$HOME/before"\n'
ROOM = 24 * 2**20


def generate(fleet: Fleet, **changes: str) -> None:
    """Generate for a kr8.toml that says something else in places."""
    usual = {
        "word": "hello",
        "health": "/healthz",
        "limit": "60s",
        "reversible": "true",
        "api": "",
        "first_port": "8100",
    }
    text = SHOP.format(**usual | changes)
    without = text.replace(', api = "127.0.0.1:8003"', "").replace(", api = 8080", "")
    fleet.playbooks.generate(text if changes.get("api") else without)


def told(fleet: Fleet, version: str, token: str = "open sesame", **files: str) -> dict[str, object]:
    """What deploy.yml is told: `before_sh` is what runs before the version starts."""
    named = {"before.sh": files.pop("before_sh", NOTES), **files}
    return fleet.version(version, files=named) | {"service_secrets": {"web": {"TOKEN": token}}}


def environment(host: Host) -> dict[str, str]:
    """What the version that serves was started with."""
    given: dict[str, str] = json.loads(host.run("curl", "--silent", "--fail", "http://127.0.0.1/environment"))
    return given


def noted(host: Host) -> list[str]:
    """What `before` commands have noted on a host."""
    return host.tried("cat", "/opt/shop/web/data/before").stdout.splitlines()


def is_free(host: Host) -> bool:
    """Whether no run holds it."""
    return host.tried("test", "-e", "/opt/shop/.kr8/run").returncode != 0


def running_before(host: Host) -> bool:
    """Whether a `before` runs there."""
    return host.tried("systemctl", "is-active", "shop-web@before.service").stdout.strip() == "activating"


@contextmanager
def cut_off(fleet: Fleet, host: Host) -> Generator[None]:
    """A host without a network, while a `with` block lasts."""
    cable = f"vb-{host.name}"
    fleet.inside.run("ip", "link", "set", cable, "nomaster")
    try:
        yield
    finally:
        fleet.inside.run("ip", "link", "set", cable, "master", BRIDGE)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with two_hosts(tmp_path_factory.mktemp("fleet")) as made:
        generate(made)
        made.playbooks.run("site.yml").must_succeed()
        made.first.run("mkdir", "/opt/shop")
        made.first.run("mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=755", "none", "/opt/shop")
        yield made


def test_what_must_succeed_before_runs_on_the_first_host_of_the_run_with_what_the_service_is_given(
    fleet: Fleet,
) -> None:
    fleet.playbooks.run("deploy.yml", SECOND, told(fleet, "v1")).must_succeed()
    fleet.playbooks.run("deploy.yml", "all", told(fleet, "v2")).must_succeed()
    said = "shop /opt/shop/web/releases/{version} hello open sesame {version}"
    assert (noted(fleet.first), noted(fleet.second)) == ([said.format(version="v2")], [said.format(version="v1")])
    assert fleet.serve() == [{"web": "v2", "front": "v2"}] * 2 and all(map(is_free, fleet.hosts))


def test_what_fails_before_a_version_starts_is_told_in_its_own_words(fleet: Fleet) -> None:
    before = side(fleet.first)
    given = told(fleet, "v3", before_sh="echo neither open nor open sesame is a key >&2; exit 3\n")
    secrets = {"web": {"TOKEN": "open", "LONGER": "open sesame", "NONE": ""}}
    run = fleet.playbooks.run("deploy.yml", "all", given | {"service_secrets": secrets})
    assert run.code != 0 and run.changed[SECOND] == 0
    assert "What must succeed before web v3 starts has failed on 10.98.0.11: exit-code." in run.text
    assert "Its last words: neither *** nor *** is a key" in run.text
    assert fleet.serve() == [{"web": "v2", "front": "v2"}] * 2
    assert running(fleet.first) == [before] and all(map(is_free, fleet.hosts))


def test_nothing_goes_back_over_what_cannot_be_undone_and_takes_longer_than_its_limit(fleet: Fleet) -> None:
    generate(fleet, limit="1s", reversible="false")
    run = fleet.playbooks.run("deploy.yml", FIRST, told(fleet, "v3.1", before_sh="echo dropping; sleep 600\n"))
    assert "has failed on 10.98.0.11: it took longer than 1000ms." in run.text
    assert "Its last words: dropping" in run.text
    refused = fleet.playbooks.run("rollback.yml", SECOND)
    assert refused.code != 0 and set(refused.changed.values()) == {0}
    assert "10.98.0.12 cannot go back from v2: since the version before came to serve, a command" in refused.text
    assert fleet.serve() == [{"web": "v2", "front": "v2"}] * 2 and all(map(is_free, fleet.hosts))


def test_a_rollback_brings_back_what_ran_and_not_what_kr8_toml_says_today(fleet: Fleet) -> None:
    generate(fleet)
    fleet.playbooks.run("deploy.yml", FIRST, told(fleet, "v4")).must_succeed()
    generate(fleet, word="goodbye", health="/metrics")
    fleet.playbooks.run("deploy.yml", FIRST, told(fleet, "v5", "changed locks")).must_succeed()
    given = environment(fleet.first)
    assert (given["GREETING"], given["TOKEN"], given["KR8_VERSION"]) == ("goodbye", "changed locks", "v5")
    generate(fleet, word="later", health="/nowhere")
    fleet.playbooks.run("rollback.yml", FIRST).must_succeed()
    given = environment(fleet.first)
    assert (given["GREETING"], given["TOKEN"], given["KR8_VERSION"]) == ("hello", "open sesame", "v4")
    assert fleet.first.run("pgrep", "-a", "-f", "app.py").count("hello") == 1


def test_secrets_are_for_root_alone_and_go_with_their_release(fleet: Fleet) -> None:
    found = fleet.first.run("find", "/opt/shop", "-name", "*secrets", "-printf", "%m %u %P\\n").splitlines()
    kept = [f"600 root web/settings/{version}/secrets" for version in ("v4", "v5")]
    assert sorted(found) == sorted([f"600 root web/{side(fleet.first)}.secrets", *kept])
    generate(fleet)
    fleet.playbooks.run("deploy.yml", FIRST, told(fleet, "v6")).must_succeed()
    left = fleet.first.run(
        "sh", "-c", "grep -rl --exclude-dir data 'sesame\\|locks' /opt/shop /etc/systemd"
    ).splitlines()
    places = [f"web/{side(fleet.first)}.secrets", "web/settings/v4/secrets", "web/settings/v6/secrets"]
    assert sorted(left) == [f"/opt/shop/{each}" for each in places]


def test_a_run_that_was_cut_off_before_the_traffic_moved_hurts_no_request_of_the_next(
    fleet: Fleet, tmp_path: Path
) -> None:
    serving = side(fleet.first)
    other = {"blue": "green", "green": "blue"}[serving]
    fleet.first.run("cp", "-p", f"/opt/shop/web/{serving}.secrets", f"/opt/shop/web/{other}.secrets")
    fleet.first.run("systemctl", "start", f"shop-web@{other}.service")
    fleet.first.run("ln", "-sfn", other, "/opt/shop/web/active")
    there = fleet.first.in_its_network()
    with Load("http://127.0.0.1:80/", tmp_path / "load.json", rate=10, versions=("v6", "v7"), inside=there) as load:
        fleet.playbooks.run("deploy.yml", FIRST, told(fleet, "v7")).must_succeed()
        load.expect("v7")
        load.tell("mark done")
        unhurt(load.stop())
    assert (side(fleet.first), running(fleet.first)) == (other, [other])


def test_a_disk_that_fills_up_is_as_free_as_before(fleet: Fleet) -> None:
    before = fleet.serve()
    run = fleet.playbooks.run("deploy.yml", FIRST, told(fleet, "v8", ballast="0" * ROOM))
    assert run.code != 0
    assert re.search(
        r"web v8 cannot be unpacked on 10\.98\.0\.11: .*ballast.* The disk of /opt/shop had 0 left\.", run.text
    )
    assert int(fleet.first.run("df", "--output=avail", "-B1", "/opt/shop").split()[-1]) > ROOM // 2
    assert fleet.serve() == before
    fleet.playbooks.run("deploy.yml", FIRST, told(fleet, "v8")).must_succeed()


def test_a_port_that_another_service_runs_at_is_refused_and_other_ports_hurt_no_request(
    fleet: Fleet, tmp_path: Path
) -> None:
    generate(fleet, api=API)
    refused = fleet.playbooks.run("deploy.yml", "all", told(fleet, "v9"))
    assert refused.code != 0 and set(refused.changed.values()) == {0}
    assert "and kr8.toml gives that one to api now." in refused.text and "first_port = 8200" in refused.text
    generate(fleet, api=API, first_port="8200")
    there = fleet.first.in_its_network()
    with Load("http://127.0.0.1:80/", tmp_path / "load.json", rate=10, versions=("v8", "v9"), inside=there) as load:
        fleet.playbooks.run("deploy.yml", FIRST, told(fleet, "v9")).must_succeed()
        load.expect("v9")
        load.tell("mark done")
        unhurt(load.stop())
    assert fleet.serve()[0] == {"api": "v9", "web": "v9", "front": "v9"}


def test_a_run_keeps_others_out_and_one_that_was_cut_off_is_taken_over(fleet: Fleet) -> None:
    generate(fleet, first_port="8202", limit="10m")
    waits = 'touch "$HOME/waits"; until test -e "$HOME/go"; do sleep 0.1; done\n' + NOTES
    begun = fleet.playbooks.begin("deploy.yml", FIRST, told(fleet, "v10", before_sh=waits))
    wait_for(lambda: fleet.first.tried("test", "-e", "/opt/shop/web/data/waits").returncode == 0, LIMIT_S)
    refused = fleet.playbooks.run("rollback.yml")
    assert refused.code != 0 and set(refused.changed.values()) == {0}
    assert re.search(
        r"10\.98\.0\.11 is held by ann, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, run \d{9}\.", refused.text
    )
    assert is_free(fleet.second)
    begun.cut_off()
    number = re.search(r"-e service_take_over=(\d+)", refused.text)
    assert number is not None
    fleet.first.run("touch", "/opt/shop/web/data/go")
    again = told(fleet, "v10", before_sh=waits) | {"service_take_over": number[1]}
    run = fleet.playbooks.run("deploy.yml", FIRST, again).must_succeed()
    assert [line.split()[-1] for line in noted(fleet.first)[-2:]] == ["v10", "v10"], "one after the other"
    assert is_free(fleet.first) and fleet.serve()[0] == {"api": "v9", "web": "v10", "front": "v10"}
    assert re.search(r"shop-api is on this host and not in kr8\.toml\..* systemctl disable --now shop-api@", run.text)


def test_hosts_are_let_go_when_another_one_is_lost_and_that_one_is_taken_over(fleet: Fleet) -> None:
    waits = 'until test -e "$HOME/on"; do sleep 0.1; done\n'
    begun = fleet.playbooks.begin("deploy.yml", "all", told(fleet, "v11", before_sh=waits))
    wait_for(lambda: running_before(fleet.first), LIMIT_S)
    with cut_off(fleet, fleet.second):
        fleet.first.run("touch", "/opt/shop/web/data/on")
        run = begun.ended()
        assert run.code != 0 and run.times(BATCH) == 2, run.text
        assert is_free(fleet.first) and versions(fleet.first)["web"] == "v11"
        generate(fleet, first_port="8202", reversible="false")
        untold = fleet.playbooks.run("deploy.yml", FIRST, told(fleet, "v12"))
    number = re.search(rf"{SECOND} did not answer.* -e service_take_over=(\d+)", run.text)
    assert number is not None
    assert f"starts cannot be undone, and {SECOND} cannot be told so" in untold.text
    assert is_free(fleet.first) and fleet.serve()[0]["web"] == "v11"
    assert not is_free(fleet.second) and fleet.serve()[1]["web"] == "v2"
    again = told(fleet, "v11") | {"service_take_over": number[1]}
    fleet.playbooks.run("deploy.yml", "all", again).must_succeed()
    assert [each["web"] for each in fleet.serve()] == ["v11"] * 2 and all(map(is_free, fleet.hosts))


def test_a_rollback_to_a_port_that_another_service_runs_at_is_refused(fleet: Fleet) -> None:
    """A service is taken out of kr8.toml, its port is another's, and then it comes back."""
    old = fleet.first.run("readlink", "/opt/shop/api/active")
    fleet.first.run("systemctl", "disable", "--now", f"shop-api@{old}.service")
    for version, changes in (("v13", {"first_port": "8200"}), ("v14", {"first_port": "8198", "api": API})):
        generate(fleet, **changes)
        fleet.playbooks.run("deploy.yml", FIRST, told(fleet, version)).must_succeed()
    before = fleet.serve()[0]
    refused = fleet.playbooks.run("rollback.yml", FIRST)
    assert refused.code != 0 and set(refused.changed.values()) == {0}
    assert re.search(r"web runs at port 820[01] of 10\.98\.0\.11, and api had that one before v14\.", refused.text)
    assert fleet.serve()[0] == before and is_free(fleet.first)
