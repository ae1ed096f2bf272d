"""The playbooks that `generate_ansible` writes, run on two Debian hosts behind a third whose HAProxy balances, by TLS.

Three services: web, which needs api, and a worker. What is said of hosts in test_ansible_playbooks_run.py is so here.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.certificates import make_certificate
from tests.support.hosts.host import BRIDGE, Host, boot, connect
from tests.support.hosts.image import prepare_image
from tests.support.hosts.names import serve_names, write
from tests.support.hosts.namespaces import Namespaces
from tests.support.hosts.playbooks import BATCH, Playbooks, Run, archive
from tests.support.load import Load, unhurt
from tests.support.sshkeys import make_key
from tests.support.waiting import wait_for

APP = Path(__file__).resolve().parents[1] / "support" / "shop" / "app.py"
CERTIFICATE = "/etc/ssl/private/shop.pem"
SHOP = f"""\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
# It asks the one that it needs, by the proxy of its own host, before it begins.
run = ["/bin/sh", "-c", 'curl --fail --silent "$API_URL" > "$HOME/api" && exec python3 app.py "$PORT"']
needs = ["api"]
health = {{ path = "/healthz", ready_limit = "3s" }}

[services.api]
run = ["/usr/bin/python3", "app.py", "{{port}}"]
health = {{ path = "/healthz", ready_limit = "3s" }}

[services.mail]
kind = "worker"
run = ["/usr/bin/python3", "-u", "worker.py"]
secrets = ["QUEUE_KEY"]
stop_limit = "1500ms"

[environments.production]
listen = {{ web = "127.0.0.1:8002", api = "127.0.0.1:8003" }}
env = {{ API_URL = "http://127.0.0.1:8080/" }}

[environments.production.infrastructure.ansible]
hosts = ["10.98.0.21", "10.98.0.22"]
proxies = ["10.98.0.23"]
certificate = "{CERTIFICATE}"
certificate_name = "shop.test"
keep = 2
serial = SERIAL
"""
WORKER = """\
import json, os, pathlib, signal, sys, time

mode = json.loads(pathlib.Path("behaviour.json").read_text())["worker"]
if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("working on the queue", flush=True)
if mode == "falls on second" and os.uname().nodename == "second":
    time.sleep(1.1)
    sys.exit("the queue refuses the key " + os.environ["QUEUE_KEY"])
while True:
    time.sleep(60)
"""
SECRET = "sesame-4711"
UNIT = "shop-{service}@{side}.service"
COULD_NOT_CONNECT = 7
FIRST, SECOND, BALANCER = "10.98.0.21", "10.98.0.22", "10.98.0.23"


@dataclass(frozen=True)
class Fleet:
    """Two hosts behind a balancer, and the checkout of what runs on them."""

    inside: Namespaces
    playbooks: Playbooks
    first: Host
    second: Host
    balancer: Host
    certificate: Path

    def deploy(self, version: str, mode: str = "ok", worker: str = "ok", limit: str = "all") -> Run:
        """Deploy a version whose services behave as `mode` says, and whose worker as `worker` does."""
        behaviour = json.dumps({"mode": mode, "worker": worker})
        files = {"app.py": APP.read_text(), "worker.py": WORKER, "behaviour.json": behaviour}
        made = archive(self.playbooks.home / f"{version}.tar.gz", files)
        return self.run("deploy.yml", limit, service_version=version, service_artifact=str(made))

    def run(self, playbook: str, limit: str = "all", **given: str) -> Run:
        """Run a playbook with the values of secrets."""
        return self.playbooks.run(playbook, limit, {**given, "service_secrets": {"mail": {"QUEUE_KEY": SECRET}}})

    def serve(self) -> list[str]:
        """The version of each service on each host: api, mail, web."""
        look = "cd /opt/shop && for each in api mail web; do basename $(readlink -f $each/active); done"
        return [" ".join(host.run("sh", "-c", look).split()) for host in (self.first, self.second)]

    def ask(self, url: str, *more: str) -> str:
        """What the balancer answers to somebody who is elsewhere, and trusts the certificate."""
        named = ("--resolve", f"shop.test:443:{BALANCER}", "--resolve", f"shop.test:80:{BALANCER}")
        return self.inside.run("curl", "--silent", "--show-error", *named, "--cacert", self.certificate, *more, url)

    def states(self) -> dict[str, str]:
        """How the balancer finds web on each host."""
        told = self.balancer.run(
            "curl", "--silent", "--unix-socket", "/run/haproxy/states.sock", "http://localhost/;csv"
        )
        rows = [line.split(",") for line in told.splitlines()]
        return {row[1]: row[17].split()[0] for row in rows if row[0] == "web" and row[1] not in ("FRONTEND", "BACKEND")}


def put(host: Host, file: Path) -> None:
    """Put a certificate in its place on a host, as what renews it does."""
    text = base64.b64encode(file.read_bytes()).decode()
    host.run("sh", "-c", f"umask 077; echo {text} | base64 -d > {CERTIFICATE}.new; mv {CERTIFICATE}.new {CERTIFICATE}")


def trust(host: Host, file: Path) -> None:
    """Have the system of a host trust a certificate, as an authority's."""
    _, begin, rest = file.read_text().partition("-----BEGIN CERTIFICATE-----")
    write(host, f"/usr/local/share/ca-certificates/{file.stem}.crt", begin + rest)
    host.run("update-ca-certificates")


def running(host: Host, service: str) -> list[str]:
    """The sides of a service that run."""
    sides = ("blue", "green")
    states = host.tried("systemctl", "is-active", *(UNIT.format(service=service, side=side) for side in sides))
    return [name for name, state in zip(sides, states.stdout.split(), strict=True) if state == "active"]


def shown(host: Host, unit: str, name: str) -> str:
    """A property of a unit."""
    return host.run("systemctl", "show", "--value", f"--property={name}", unit)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    packages, nspawn = (Path(os.environ[name]) for name in ("KR8_HOST_PACKAGES", "KR8_NSPAWN"))
    certificate = make_certificate(folder / "shop.pem")
    with Namespaces() as inside:
        image = prepare_image(inside, folder / "images", packages)
        connect(inside)
        key = make_key(folder / "key")
        names = ("first", "second", "balancer")
        first, second, balancer = (boot(inside, name, 21 + i, image, nspawn, key) for i, name in enumerate(names))
        yield Fleet(inside, Playbooks(inside, folder, key), first, second, balancer, certificate)


def test_hosts_without_the_certificate_are_told(fleet: Fleet) -> None:
    fleet.playbooks.generate(SHOP.replace("SERIAL", "2"))
    for host in (fleet.first, fleet.second):
        put(host, fleet.certificate)
    run = fleet.playbooks.run("site.yml")
    assert run.code != 0
    assert f"{BALANCER} has no {CERTIFICATE}" in run.text
    put(fleet.balancer, fleet.certificate)
    trust(fleet.balancer, fleet.certificate)
    fleet.playbooks.run("site.yml", limit="proxy").must_succeed()
    again = fleet.playbooks.run("site.yml", limit="proxy").must_succeed()
    assert again.changed == {BALANCER: 0}


def test_services_come_after_what_they_need(fleet: Fleet) -> None:
    run = fleet.deploy("v1", worker="stubborn").must_succeed()
    assert run.times(BATCH) == 1
    assert fleet.serve() == ["v1 v1 v1"] * 2
    wait_for(lambda: fleet.states() == {FIRST: "UP", SECOND: "UP"})
    for host in (fleet.first, fleet.second):
        assert json.loads(host.run("cat", "/opt/shop/web/data/api"))["version"] == "v1", "web has asked api"
    assert json.loads(fleet.ask("https://shop.test/"))["version"] == "v1"


def test_a_worker_that_falls_is_started_again(fleet: Fleet) -> None:
    (side,) = running(fleet.first, "mail")
    unit = UNIT.format(service="mail", side=side)
    before = shown(fleet.first, unit, "MainPID")
    fleet.first.run("kill", "-KILL", before)
    wait_for(lambda: shown(fleet.first, unit, "MainPID") not in (before, "0"))
    assert shown(fleet.first, unit, "NRestarts") == "1"


def test_a_version_comes_host_by_host_behind_the_balancer_and_no_request_fails(fleet: Fleet, tmp_path: Path) -> None:
    fleet.playbooks.generate(SHOP.replace("SERIAL", "1"))
    there, versions, trust = fleet.balancer.in_its_network(), ("v1", "v2"), str(fleet.certificate)
    (old,) = running(fleet.first, "mail")
    url = "https://127.0.0.1/"
    with Load(url, tmp_path / "load.json", rate=10, versions=versions, inside=there, trust=trust) as load:
        run = fleet.deploy("v2").must_succeed()
        load.expect("v2")
        load.tell("mark done")
        report = load.stop()
    unhurt(report)
    assert report["requests"] > 100 and set(report["by_version"]) == {"v1", "v2"}
    assert run.times(BATCH) == 2
    assert fleet.serve() == ["v2 v2 v2"] * 2
    assert [len(running(host, "mail")) for host in (fleet.first, fleet.second)] == [1, 1]
    # It did not end by itself, and was ended at its limit.
    unit = UNIT.format(service="mail", side=old)
    assert (shown(fleet.first, unit, "Result"), shown(fleet.first, unit, "TimeoutStopUSec")) == ("timeout", "1.500000s")


def test_who_asks_and_how_is_told_to_the_service_and_plain_http_is_sent_to_tls(fleet: Fleet) -> None:
    told = json.loads(fleet.ask("https://shop.test/headers", "--header", "X-Forwarded-For: 6.6.6.6"))
    assert (told["x-forwarded-for"], told["x-forwarded-proto"], told["host"]) == ("10.98.0.1", "https", "shop.test")
    told = fleet.ask("http://shop.test/a?b=c", "--output", "/dev/null", "--write-out", "%{http_code} %{redirect_url}")
    assert told == "308 https://shop.test/a?b=c"
    assert fleet.ask("https://shop.test/", "--output", "/dev/null", "--write-out", "%{http_version}") == "2"


def test_a_host_that_is_down_is_left_out_until_it_is_back(fleet: Fleet, tmp_path: Path) -> None:
    there, trust = fleet.balancer.in_its_network(), str(fleet.certificate)
    cable = f"vb-{fleet.second.name}"
    with Load("https://127.0.0.1/", tmp_path / "load.json", rate=10, inside=there, trust=trust) as load:
        fleet.inside.run("ip", "link", "set", cable, "nomaster")
        try:
            wait_for(lambda: fleet.states() == {FIRST: "UP", SECOND: "DOWN"})
            left_out = load.tell("mark left-out")["next"]
            wait_for(lambda: load.tell("mark later")["next"] > left_out + 40)
        finally:
            fleet.inside.run("ip", "link", "set", cable, "master", BRIDGE)
        wait_for(lambda: fleet.states() == {FIRST: "UP", SECOND: "UP"})
        back = load.tell("mark back")["next"]
        wait_for(lambda: load.tell("mark later")["next"] > back + 40)
        report = load.stop()
    failed = [each["request"] for each in report["examples"]]
    assert len(failed) == report["failed"] + report["stale"] < 20
    assert [number for number in failed if number >= left_out] == []
    told = fleet.balancer.run("journalctl", "--unit", "haproxy", "--output", "cat")
    assert f"Server web/{SECOND} is DOWN" in told and f"Server web/{SECOND} is UP" in told


def test_a_service_that_cannot_start_is_told_with_its_own_words(fleet: Fleet) -> None:
    run = fleet.deploy("v3", mode="exit", limit=FIRST)
    assert run.code != 0
    assert f"api v3 does not work on {FIRST}. What served before serves on." in run.text
    assert "\ncannot start: no such table: carts\n" in run.text
    assert fleet.serve() == ["v2 v2 v2"] * 2


def test_a_batch_of_which_one_host_fails_goes_back_and_says_what_serves_where(fleet: Fleet) -> None:
    """A worker that falls over soon after its start, on one host, is not taken for one that works."""
    fleet.playbooks.generate(SHOP.replace("SERIAL", "2"))
    run = fleet.deploy("v4", worker="falls on second")
    assert run.code != 0 and run.times(BATCH) == 1
    assert f"mail v4 does not work on {SECOND}. What served before serves on." in run.text
    assert "\nthe queue refuses the key ***\n" in run.text and SECRET not in run.text
    assert f"mail v4 goes back on {FIRST} too, for another host of its batch failed." in run.text
    assert all(f"{at} serves api v4, mail v2, web v2. Hosts of batches before" in run.text for at in (FIRST, SECOND))
    assert fleet.serve() == ["v4 v2 v2"] * 2
    for host in (fleet.first, fleet.second):
        assert [len(running(host, service)) for service in ("api", "mail", "web")] == [1, 1, 1]


def test_what_serves_and_how_the_balancer_finds_it_can_be_seen(fleet: Fleet) -> None:
    run = fleet.playbooks.run("status.yml").must_succeed()
    assert set(run.changed.values()) == {0}
    assert f"{SECOND} serves api v4, mail v2, web v2" in run.text
    assert f"{BALANCER} finds {FIRST} UP, {SECOND} UP for web" in run.text


def test_a_rollback_brings_the_hosts_together(fleet: Fleet) -> None:
    fleet.run("rollback.yml").must_succeed()
    assert fleet.serve() == ["v2 v2 v2"] * 2


def test_a_renewed_certificate_is_taken_up_by_itself(fleet: Fleet, tmp_path: Path) -> None:
    renewed = make_certificate(tmp_path / "renewed.pem")
    put(fleet.balancer, renewed)
    asked = ("curl", "--silent", "--cacert", renewed, "--resolve", f"shop.test:443:{BALANCER}", "https://shop.test/")
    wait_for(lambda: fleet.inside.tried(*asked).returncode == 0)


def test_measures_are_for_who_asks_on_the_host_itself(fleet: Fleet) -> None:
    for host in (fleet.balancer, fleet.first):
        told = host.run("curl", "--silent", "--fail", "http://127.0.0.1:8405/metrics")
        assert 'haproxy_backend_http_responses_total{proxy="web",code="2xx"}' in told
        refused = fleet.inside.tried("curl", "--silent", f"http://{host.address}:8405/metrics")
        assert refused.returncode == COULD_NOT_CONNECT


def test_a_host_is_asked_where_its_name_leads_to_today_and_whose_certificate_it_has(
    fleet: Fleet, tmp_path: Path
) -> None:
    names = {"first.test": FIRST, "second.test": SECOND}
    serve_names(fleet.balancer, json.dumps(names | {"second.test": "10.98.0.99"}))
    fleet.playbooks.generate(SHOP.replace("SERIAL", "1").replace(FIRST, "first.test").replace(SECOND, "second.test"))
    fleet.playbooks.run("site.yml", limit="proxy").must_succeed()
    wait_for(lambda: fleet.states() == {"first.test": "UP", "second.test": "DOWN"})
    write(fleet.balancer, "/etc/names.json", json.dumps({"second.test": SECOND}))
    # The first one's name is not known any more.
    wait_for(lambda: fleet.states() == {"first.test": "UP", "second.test": "UP"})
    write(fleet.balancer, "/etc/names.json", json.dumps(names))
    strange, other = make_certificate(tmp_path / "strange.pem"), make_certificate(tmp_path / "other.pem", "other.test")
    trust(fleet.balancer, other)
    fleet.balancer.run("systemctl", "reload", "haproxy")
    for certificate in (strange, other):
        put(fleet.second, certificate)
        wait_for(lambda: fleet.states() == {"first.test": "UP", "second.test": "DOWN"})
        put(fleet.second, fleet.certificate)
        wait_for(lambda: fleet.states() == {"first.test": "UP", "second.test": "UP"})
