"""What is kept for a rollback, and what it takes, where a person looks."""

from __future__ import annotations

from tests.support.house import HEAD, SHOP, STAGING, WEB, House
from tests.support.virtual import play

from kr8.domain.deployment import State
from kr8.domain.problem import refuse
from kr8.ports.disk import Item

KEEPS_TWO = STAGING + "keep = 2\n"
HOOK = 'before = { run = ["migrate"] }\n'


async def ways(house: House) -> dict[int, str]:
    found = (await house.call("get_history", environment="staging"))["promotions"]
    return {each["generation"]: each["back"] for each in found}


def test_history_says_what_can_be_rolled_back_to_at_once_and_its_size() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, KEEPS_TWO)
        for _ in range(4):
            await house.deploy()
        found = (await house.call("get_history", environment="staging"))["promotions"]
        assert [each["build_bytes"] for each in found] == [1000] * 4
        assert await ways(house) == {4: "serves", 3: "at once", 2: "builds pruned", 1: "builds pruned"}
        newest = (await house.call("get_history", environment="staging", limit=1))["promotions"]
        assert [each["back"] for each in newest] == ["serves"]
        assert (await house.do("rollback_deployment")).state is State.SUCCEEDED
        assert await ways(house) == {5: "serves", 4: "withdrawn", 3: "as now", 2: "builds pruned", 1: "builds pruned"}

    play(story())


def test_what_a_rollback_would_refuse_is_not_called_a_way_back() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING)
        await house.deploy()
        house.toml = HEAD + WEB + HOOK + STAGING
        await house.deploy()
        assert await ways(house) == {2: "serves", 1: "not undone"}
        assert (await house.do("rollback_deployment")).state is State.FAILED

    play(story())


def test_status_has_what_kept_builds_take_each_once_in_all() -> None:
    async def story() -> None:
        production = '[environments.production]\nlisten = { web = "127.0.0.1:8002" }\n'
        house = House(HEAD, WEB, KEEPS_TWO, production)
        for _ in range(3):
            await house.deploy()
        await house.do(environment="production", from_environment="staging")
        status = await house.call("get_status")
        shown = {each["environment"]: (each["kept"], each["build_bytes"]) for each in status["environments"]}
        assert shown == {"staging": (1, 2000), "production": (0, 1000)}
        assert status["build_bytes"] == 2000

    play(story())


def test_what_is_kept_is_found_behind_many_scales_of_it() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, KEEPS_TWO)
        for _ in range(2):
            await house.deploy()
        for number in range(12):
            await house.do("scale_deployment", service="web", instances=number % 3 + 1)
        (staging,) = (await house.call("get_status"))["environments"]
        assert (staging["generation"], staging["kept"], staging["build_bytes"]) == (14, 1, 2000)

    play(story())


def test_doctor_adds_up_what_takes_how_much_of_whom_and_what_the_next_promotion_lets_go() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, KEEPS_TWO)
        for _ in range(2):
            await house.deploy()
        house.commit()
        planned = await house.call("create_deployment", environment="staging", wait_s=5)
        current = (await house.current()).releases[0].id
        house.disk.found = (
            Item(kind="releases", bytes=10, project=SHOP, name=current),
            Item(kind="releases", bytes=20, name="rel_of_nobody"),
            Item(kind="logs", bytes=300, project=SHOP),
            Item(kind="logs", bytes=400, project=SHOP),
            Item(kind="logs", bytes=5, project="prj_gone00"),
            Item(kind="cache", bytes=5000),
            Item(kind="data", bytes=0, project=SHOP),
        )
        use = (await house.call("doctor"))["disk"]
        rows = {(row["kind"], row["project"]): (row["bytes"], row["frees"]) for row in use["rows"]}
        assert planned["state"] == "planned" and rows == {
            ("cache", None): (5000, 0),
            ("builds", "shop"): (3000, 0),
            ("logs", "shop"): (700, 0),
            ("releases", None): (20, 20),
            ("releases", "shop"): (10, 0),
            ("logs", "prj_gone00"): (5, 0),
        }
        assert [row["bytes"] for row in use["rows"]] == [5000, 3000, 700, 20, 10, 5]
        assert (use["bytes"], use["frees"], use["free"]) == (8735, 20, 1_000_000)
        await house.call("cancel_deployment", deployment=planned["id"])
        use = (await house.call("doctor"))["disk"]
        assert (use["bytes"], use["frees"]) == (8735, 1020)

    play(story())


def test_doctor_goes_on_where_nobody_can_say_what_is_needed() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING)
        house.disk.broken = refuse("store_unreadable", "kr8's database cannot be read or written.")
        found = await house.call("doctor")
        assert found["disk"] is None and not found["healthy"]
        assert [check["name"] for check in found["checks"]] == ["disk use"]

    play(story())
