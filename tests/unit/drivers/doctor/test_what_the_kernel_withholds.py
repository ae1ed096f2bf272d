"""`kr8 doctor` says what builds and services are kept from on this machine, and a plan where they are from nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.contract.test_secrets import release
from tests.support.sites import PACE

from kr8.domain.redact import Redactor
from kr8.domain.target import Desired, ServiceRef
from kr8.drivers.doctor.sandbox import sandbox_look
from kr8.drivers.local.client import Supervisor
from kr8.drivers.local.commands import Places
from kr8.drivers.local.delivered import Delivered
from kr8.drivers.local.driver import LocalTarget


@pytest.mark.parametrize(
    ("version", "result", "says"),
    [
        (0, "warning", "not sandboxed"),
        (1, "warning", "not sandboxed"),
        (2, "warning", "they can signal kr8"),
        (5, "warning", "they can signal kr8"),
        (6, "ok", "neither read this home nor signal kr8"),
        (7, "ok", "neither read this home nor signal kr8"),
    ],
)
def test_the_doctor_says_what_this_kernel_withholds(version: int, result: str, says: str) -> None:
    (check,) = asyncio.run(sandbox_look(lambda: version, lambda: 1000)())
    assert (check.name, check.result, says in check.what) == ("sandbox", result, True)
    assert bool(check.mend) == (result != "ok")


def test_the_doctor_says_that_root_keeps_powers() -> None:
    (check,) = asyncio.run(sandbox_look(lambda: 7, lambda: 0)())
    assert "root" in check.what


class Unasked(Supervisor):
    """One that is not asked, where nothing was delivered and no address is wanted: it may not even run."""

    async def value(self, method: str, path: str, body: object = None, **query: float | str) -> Any:
        raise AssertionError(f"{method} {path}")


@pytest.mark.parametrize(("version", "rules"), [(1, ["not_sandboxed"]), (2, [])])
def test_a_plan_says_that_a_service_would_not_be_kept_in(tmp_path: Path, version: int, rules: list[str]) -> None:
    places = Places(tmp_path, "/usr/bin")
    target = LocalTarget(Unasked(tmp_path), Delivered(places), places, Redactor(()).piece, lambda: version)
    desired = Desired(service=ServiceRef(project="prj_shop01", environment="staging", name="web"), shares=(), pace=PACE)
    assert [found.rule for found in asyncio.run(target.check(desired, release()))] == rules
    assert asyncio.run(target.check(desired, None)) == ()
