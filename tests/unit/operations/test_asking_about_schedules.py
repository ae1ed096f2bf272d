"""When a job with a schedule runs next, as who deployed it and who asks for the status are told."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.house import AGENT, HEAD, SHOP, STAGING, WEB, House
from tests.support.virtual import play

from kr8.domain.target import Timetable

TIDY = '[services.tidy]\nkind = "job"\nrun = ["tidy"]\nschedule = "30 3 * * *"\n'
NEXT = Timetable(next=datetime(2026, 11, 30, 3, 30, tzinfo=UTC))


def test_a_deployment_and_the_status_say_when_its_jobs_run_next() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, TIDY, STAGING)
        house.target.timetables[f"{SHOP}.staging.tidy"] = NEXT
        done = await house.deploy()
        view = await house.call("get_deployment", AGENT, deployment=done.id)
        assert view["timetables"]["tidy"]["next"] == "2026-11-30T03:30:00Z"
        assert list(view["timetables"]) == ["tidy"]
        (staging,) = [
            each for each in (await house.call("get_status"))["environments"] if each["environment"] == "staging"
        ]
        assert {each["service"]: bool(each["timetable"]) for each in staging["services"]} == {
            "web": False,
            "tidy": True,
        }

        await house.deploy()
        again = await house.call("get_deployment", AGENT, deployment=done.id)
        assert again["timetables"] == {}, "another release runs by now"

    play(story())


def test_a_target_that_does_not_answer_hides_no_deployment() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, TIDY, STAGING)
        done = await house.deploy()
        house.target.timetables[f"{SHOP}.staging.tidy"] = NEXT
        house.target.unreachable["observe"] = 1
        view = await house.call("get_deployment", deployment=done.id)
        assert (view["state"], view["timetables"]) == ("succeeded", {})

    play(story())
