"""The playbooks that `generate_ansible` writes, run by Ansible on two Debian hosts that are made of this machine.

Each host has systemd as its first process, its own network, files and users, and an SSH server. Nothing of the
playbooks is replaced. Packages come from a folder on the host, for there is no Internet. Two settings of the kernel
that the baseline makes go to files: the kernel is this machine's too. So is the clock: chrony is there and does not
start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.hosts.fleet import UNIT, Fleet, running, side, two_hosts
from tests.support.hosts.playbooks import BATCH
from tests.support.load import Load, unhurt
from tests.support.waiting import wait_for

SHOP = """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["/usr/bin/python3", "app.py", "{port}"]
health = { path = "/healthz", ready_limit = "3s" }

[services.tidy]
kind = "job"
schedule = "* * * * *"
run = ["/usr/bin/touch", "/opt/shop/tidy/data/ran"]

[environments.production]
listen = { web = "127.0.0.1:8002" }

[environments.production.infrastructure.ansible]
hosts = ["10.98.0.11", "10.98.0.12"]
keep = 2
serial = SERIAL
"""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with two_hosts(tmp_path_factory.mktemp("fleet")) as made:
        yield made


def test_hosts_are_prepared_and_a_second_run_changes_nothing(fleet: Fleet) -> None:
    fleet.playbooks.generate(SHOP.replace("SERIAL", "2"))
    fleet.playbooks.run("site.yml").must_succeed()
    for host in (fleet.first, fleet.second):
        host.run("systemctl", "is-active", "haproxy", "unattended-upgrades", "systemd-journald")
        assert host.run("systemctl", "is-enabled", "haproxy", "chrony") == "enabled\nenabled"
        told = host.run("sshd", "-T")
        assert "passwordauthentication no" in told and "maxauthtries 3" in told
        assert host.run("sysctl", "-n", "net.ipv4.conf.all.rp_filter", "kernel.kptr_restrict") == "1\n2"
        assert host.run("ls", "/var/log/journal"), "the journal is kept"
    again = fleet.playbooks.run("site.yml").must_succeed()
    assert again.changed == {"10.98.0.11": 0, "10.98.0.12": 0}


def test_the_first_version_comes_into_service_on_as_many_hosts_at_a_time_as_kr8_toml_says(fleet: Fleet) -> None:
    run = fleet.deploy("v1").must_succeed()
    assert run.times(BATCH) == 1
    assert fleet.serve() == [{"tidy": "v1", "web": "v1", "front": "v1"}] * 2
    for host in (fleet.first, fleet.second):
        (serving,) = running(host)
        assert host.run("systemctl", "is-enabled", UNIT.format(side=serving)) == "enabled"
        shown = host.run("systemctl", "show", "--property=User,NRestarts", UNIT.format(side=serving))
        assert set(shown.split()) == {"User=shop", "NRestarts=0"}


def test_the_next_version_comes_host_by_host_and_no_request_fails(fleet: Fleet, tmp_path: Path) -> None:
    fleet.playbooks.generate(SHOP.replace("SERIAL", "1"))
    there = fleet.first.in_its_network()
    with Load("http://127.0.0.1:80/", tmp_path / "load.json", rate=10, versions=("v1", "v2"), inside=there) as load:
        run = fleet.deploy("v2").must_succeed()
        load.expect("v2")
        load.tell("mark done")
        report = load.stop()
    unhurt(report)
    assert report["requests"] > 200 and set(report["by_version"]) == {"v1", "v2"}
    assert run.times(BATCH) == 2
    noted = [float(fleet.first.run("stat", "-c", "%.Y", f"/opt/shop/{name}/served/v2")) for name in ("tidy", "web")]
    begun = [float(fleet.second.run("stat", "-c", "%.Z", f"/opt/shop/{name}/releases/v2")) for name in ("tidy", "web")]
    assert max(noted) < min(begun), "the second host had v1 alone until the first served v2"
    assert fleet.serve() == [{"tidy": "v2", "web": "v2", "front": "v2"}] * 2
    assert [len(running(host)) for host in (fleet.first, fleet.second)] == [1, 1]


def test_a_version_that_does_not_work_ends_it_on_the_first_host(fleet: Fleet) -> None:
    before = side(fleet.first)
    run = fleet.deploy("v3", mode="sick")
    assert run.code != 0 and run.changed["10.98.0.12"] == 0 and run.times(BATCH) == 1
    assert "web v3 does not work on 10.98.0.11. What served before serves on." in run.text
    assert "PLAY [Remove old versions]" not in run.text
    # What was switched before it, in the order of needs, is another service: it has the new version.
    assert fleet.serve() == [{"tidy": "v3", "web": "v2", "front": "v2"}, {"tidy": "v2", "web": "v2", "front": "v2"}]
    assert side(fleet.first) == before and running(fleet.first) == [before]
    assert not fleet.second.run("find", "/opt/shop", "-name", "*v3*")


def test_a_deployment_that_failed_halfway_is_taken_back_where_it_came(fleet: Fleet) -> None:
    run = fleet.playbooks.run("rollback.yml").must_succeed()
    assert run.changed["10.98.0.12"] == 0
    assert fleet.serve() == [{"tidy": "v2", "web": "v2", "front": "v2"}] * 2


def test_a_rollback_goes_to_the_version_before(fleet: Fleet) -> None:
    fleet.playbooks.generate(SHOP.replace("SERIAL", "2"))
    fleet.playbooks.run("rollback.yml").must_succeed()
    assert fleet.serve() == [{"tidy": "v1", "web": "v1", "front": "v1"}] * 2
    refused = fleet.playbooks.run("rollback.yml")
    assert refused.code != 0 and set(refused.changed.values()) == {0}
    assert "10.98.0.11 has no version before the one that serves: tidy, web v1." in refused.text
    assert fleet.serve() == [{"tidy": "v1", "web": "v1", "front": "v1"}] * 2


def test_a_rollback_that_was_cut_off_goes_on_and_not_further_back(fleet: Fleet) -> None:
    """It had gone back everywhere, and not noted so."""
    fleet.first.run("touch", "/opt/shop/.kr8/withdrawn/v2", "/opt/shop/web/served/v2")
    fleet.playbooks.run("rollback.yml").must_succeed()
    assert fleet.serve() == [{"tidy": "v1", "web": "v1", "front": "v1"}] * 2
    assert fleet.first.run("sh", "-c", "ls /opt/shop/.kr8/withdrawn /opt/shop/web/served").split() == [
        "/opt/shop/.kr8/withdrawn:",
        "/opt/shop/web/served:",
        "v1",
    ]


def test_a_rollback_after_a_deployment_takes_that_back_and_not_what_was_given_up(fleet: Fleet) -> None:
    """A rollback did not come to its end, and somebody deployed what mends the fault."""
    fleet.first.run("touch", "/opt/shop/.kr8/withdrawn/v0", "/opt/shop/web/served/v0", "/opt/shop/tidy/served/v0")
    fleet.deploy("v5").must_succeed()
    assert fleet.serve() == [{"tidy": "v5", "web": "v5", "front": "v5"}] * 2
    assert not fleet.first.run("ls", "/opt/shop/.kr8/withdrawn")
    fleet.playbooks.run("rollback.yml").must_succeed()
    assert fleet.serve() == [{"tidy": "v1", "web": "v1", "front": "v1"}] * 2


def test_a_side_that_a_run_which_was_cut_off_left_running_is_stopped_by_the_next(fleet: Fleet) -> None:
    serving = side(fleet.first)
    left = {"blue": "green", "green": "blue"}[serving]
    fleet.first.run("touch", f"/opt/shop/web/{left}.secrets")
    fleet.first.run("systemctl", "enable", "--now", UNIT.format(side=left))
    assert len(running(fleet.first)) == 2
    assert "has no version before the one that serves" in fleet.playbooks.run("rollback.yml").text
    assert (side(fleet.first), running(fleet.first)) == (serving, [serving])


def test_a_version_that_serves_is_deployed_again_beside_itself(fleet: Fleet) -> None:
    before = side(fleet.first)
    fleet.deploy("v1", limit="10.98.0.11").must_succeed()
    assert fleet.serve() == [{"tidy": "v1", "web": "v1", "front": "v1"}] * 2
    assert running(fleet.first) == [side(fleet.first)] and side(fleet.first) != before
    kept = fleet.first.run("sh", "-c", "cd /opt/shop/web && ls releases settings served")
    assert re.findall(r"\w+", kept) == ["releases", "v1", "served", "v1", "settings", "v1"], "what else was is removed"


def test_a_version_that_does_not_answer_through_the_proxy_is_switched_back(fleet: Fleet) -> None:
    before = side(fleet.first)
    run = fleet.deploy("v4", mode="sick in front", limit="10.98.0.11")
    assert run.code != 0 and "TASK [service : Switch back]" in run.text
    assert "web v4 does not work on 10.98.0.11. What served before serves on." in run.text
    assert fleet.serve()[0] == {"tidy": "v4", "web": "v1", "front": "v1"}
    assert side(fleet.first) == before and running(fleet.first) == [before]


def test_a_job_runs_by_its_timer_on_the_first_host_alone(fleet: Fleet) -> None:
    ran = Path("/opt/shop/tidy/data/ran")
    wait_for(lambda: fleet.first.tried("test", "-e", ran).returncode == 0, 90)
    timers = fleet.first.run("systemctl", "list-timers", "--no-legend", "shop-*")
    assert timers.count("shop-tidy@") == 2, "one timer, and the service that it starts"
    assert fleet.second.tried("test", "-e", ran).returncode != 0
    assert "shop" not in fleet.second.run("systemctl", "list-timers", "--no-legend")
