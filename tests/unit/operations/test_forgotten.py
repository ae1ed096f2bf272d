"""Where a target has lost what is promoted on it, somebody is told, and with what it is mended."""

from __future__ import annotations

import pytest
from tests.support.house import HEAD, STAGING, WEB, House
from tests.support.virtual import play

from kr8.drivers.doctor.promoted import promoted_look
from kr8.workflows.reconcile import reconcile


def test_status_and_doctor_name_what_the_target_has_forgotten_and_restart_mends_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        look = promoted_look(house.outside)
        (before,) = (await house.call("get_status"))["environments"]
        assert before["trouble"] is None and await look() == ()
        house.target.baselines.clear()
        (status,) = (await house.call("get_status"))["environments"]
        assert "kr8 restart staging" in status["trouble"] and "after a reboot" in status["trouble"]
        (check,) = await look()
        assert check.result == "broken" and "shop" in check.what and "kr8 restart staging" in check.mend
        assert await reconcile(house.outside, house.services.desk) == ()
        await house.do("restart")
        (mended,) = (await house.call("get_status"))["environments"]
        assert mended["trouble"] is None and await look() == ()

    play(story())
    assert "kr8 restart staging" in caplog.text


def test_an_environment_that_serves_nothing_or_is_just_being_promoted_is_not_in_trouble() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        await house.call("check_project")
        (status,) = (await house.call("get_status"))["environments"]
        assert status["trouble"] is None and status["approvals"] == 0

    play(story())


def test_status_says_how_many_people_must_approve() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING + "approval = { people = 2 }\n")
        house.commit()
        await house.call("check_project")
        (status,) = (await house.call("get_status"))["environments"]
        assert status["approvals"] == 2

    play(story())
