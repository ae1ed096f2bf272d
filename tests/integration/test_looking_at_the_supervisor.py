"""What `kr8 doctor` says of a real supervisor."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.supervisor_rig import ENVIRONMENT, KEY, SERVICE, Rig, run_spec, share

from kr8.drivers.local.client import Supervisor
from kr8.drivers.local.look import supervisor_look
from kr8.supervisor.wire import ServiceDesired, ShareSpec

WORKER = f"{ENVIRONMENT}.mailer"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path / "home") as rig:
        yield rig.start()


def said(rig: Rig) -> dict[str, tuple[str, str]]:
    """What was found, by what was looked at."""
    checks = asyncio.run(supervisor_look(Supervisor(rig.home / "run" / "supervisor.sock"))())
    return {check.name: (check.result, check.what) for check in checks}


def test_workers_need_no_proxy_and_what_was_taken_down_is_not_counted(rig: Rig) -> None:
    worker = run_spec("v1", kind="worker", argv=(sys.executable, "-S", str(SERVICE), "0"), health=None, version=None)
    rig.put(ServiceDesired(WORKER, (ShareSpec("v1", worker, 2, None),)))
    rig.settled(WORKER)
    found = said(rig)
    assert found["proxy"] == ("ok", "HAProxy is not needed yet.")
    assert f"2 instances of 1 service: {WORKER}." in found["supervisor"][1]
    rig.converge(share("v1", 1))
    assert f"3 instances of 2 services: {WORKER}, {KEY}." in said(rig)["supervisor"][1]
    assert said(rig)["proxy"][1].startswith("HAProxy runs as process")
    rig.put(ServiceDesired(WORKER, ()))
    rig.settled(WORKER)
    assert f"1 instance of 1 service: {KEY}." in said(rig)["supervisor"][1]
