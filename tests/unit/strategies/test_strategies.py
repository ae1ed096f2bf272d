"""The stages of each strategy, and the courses of changes that need none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.plans import REF, release, service

from kr8.domain.plan import ServicePlan
from kr8.domain.project import BlueGreen, Canary, Rolling, Strategy
from kr8.domain.stage import Course, Stage
from kr8.planning.course import STRATEGIES, course_of
from kr8.strategies.change import ServiceChange

BLUE_GREEN = BlueGreen(kind="blue-green", bake=timedelta(seconds=30), min_requests=7, inconclusive="back")
CANARY = Canary(kind="canary", steps=(5, 50), hold=timedelta(minutes=2), min_requests=9)
ROLLING = Rolling(kind="rolling", surge=2, unavailable=1, bake=timedelta(seconds=5))


def course(strategy: Strategy, **changes: Any) -> Course:
    plan = ServicePlan.model_validate(
        {"service": "web", "release": release("b"), "replaces": release("a"), "instances": 4, "instances_now": 3}
        | changes
    )
    return course_of(ServiceChange(ref=REF, plan=plan, strategy=strategy))


def shares(stage: Stage) -> list[tuple[str, int, int | None]]:
    names = {release("a").id: "old", release("b").id: "new"}
    return [(names[share.release], share.instances, share.traffic) for share in stage.desired.shares]


def test_blue_green_warms_then_switches_with_the_old_release_still_there() -> None:
    found = course(BLUE_GREEN)
    warm, switch = found.forward
    assert shares(warm) == [("old", 3, 100), ("new", 4, 0)]
    assert shares(switch) == [("old", 3, 0), ("new", 4, 100)]
    assert switch.watch == BLUE_GREEN.bake and switch.min_requests == 7 and switch.inconclusive == "back"
    assert "version" in switch.gates and "errors" in switch.gates and "monitoring" in warm.gates
    assert [(share.instances, share.traffic) for share in found.finish.shares] == [(4, None)]
    assert [(share.instances, share.traffic) for share in found.back.shares] == [(3, None)]


def test_a_canary_grows_instances_with_its_share_of_the_traffic() -> None:
    found = course(CANARY)
    assert [stage.name for stage in found.forward] == ["warm", "5%", "50%", "100%"]
    assert [shares(stage)[1] for stage in found.forward] == [
        ("new", 1, 0),
        ("new", 1, 5),
        ("new", 2, 50),
        ("new", 4, 100),
    ]
    assert all(stage.min_requests == 9 for stage in found.forward[1:])
    assert "version" in found.forward[-1].gates


def test_rolling_keeps_its_pace() -> None:
    (roll,) = course(ROLLING).forward
    assert shares(roll) == [("new", 4, None)]
    assert (roll.desired.pace.surge, roll.desired.pace.unavailable) == (2, 1)


@pytest.mark.parametrize("strategy", [BLUE_GREEN, CANARY, ROLLING])
def test_the_way_back_and_the_end_do_not_depend_on_the_strategy(strategy: Strategy) -> None:
    found = course(strategy, restart=5, restart_now=4)
    assert found.back.restart == 4 and found.finish.restart == 5
    assert found.back.shares[0].release == release("a").id
    assert found.finish.shares[0].release == release("b").id


@pytest.mark.parametrize("strategy", [BLUE_GREEN, CANARY, ROLLING])
def test_a_first_start_is_one_stage_and_its_way_back_is_nothing(strategy: Strategy) -> None:
    found = course(strategy, replaces=None, instances_now=0)
    assert [stage.name for stage in found.forward] == ["start"]
    assert set(found.forward[0].gates) == {"health", "version", "monitoring", "errors"}
    assert found.forward[0].watch > timedelta(0), "what dies after a second must not be promoted"
    assert found.back.shares == ()


@pytest.mark.parametrize("strategy", [BLUE_GREEN, CANARY, ROLLING])
def test_a_removal_begins_after_promotion(strategy: Strategy) -> None:
    found = course(strategy, release=None, instances=0)
    assert found.forward == () and found.finish.shares == ()
    assert found.back.shares[0].instances == 3


@pytest.mark.parametrize("kind", ["worker", "job"])
def test_what_takes_no_traffic_is_replaced_without_traffic_gates(kind: str) -> None:
    found = course(BLUE_GREEN, release=release("b", service(kind=kind)))
    assert [(stage.name, stage.gates) for stage in found.forward] == [("replace", ("health",))]


def test_a_scale_moves_no_traffic_to_another_release() -> None:
    found = course(CANARY, release=release("a"))
    assert [stage.name for stage in found.forward] == ["replace"]


STEPS = st.sets(st.integers(1, 99), min_size=1, max_size=6).map(lambda found: tuple(sorted(found)))


@given(STEPS, st.integers(1, 20), st.integers(1, 20))
def test_no_stage_ever_leaves_traffic_to_nobody(steps: tuple[int, ...], now: int, wanted: int) -> None:
    for strategy in (BLUE_GREEN, ROLLING, CANARY.model_copy(update={"steps": steps})):
        for stage in course(strategy, instances=wanted, instances_now=now).forward:
            found = stage.desired.shares
            assert len({share.release for share in found}) == len(found)
            assert all(share.instances >= 1 for share in found)
            assert sum(share.traffic or 0 for share in found) in (0, 100)
            assert all(share.traffic is None for share in found) or sum(share.traffic or 0 for share in found) == 100


def test_every_strategy_of_kr8_toml_is_found() -> None:
    assert set(STRATEGIES) == {"rolling", "blue-green", "canary"}


@pytest.mark.parametrize("strategy", [BLUE_GREEN, CANARY, ROLLING])
def test_gates_that_kr8_toml_names_judge_every_stage_that_judges_a_new_release(strategy: Strategy) -> None:
    named = strategy.model_copy(update={"gates": ("smoke", "errors")})
    for stage, plain in zip(course(named).forward, course(strategy).forward, strict=True):
        judged = stage.name != "warm"
        assert stage.gates == (*plain.gates, *(("smoke",) if judged else ()))
    (first,) = course(named, replaces=None).forward
    assert first.gates[-1] == "smoke"
    (scaled,) = course(named, release=release("a"), instances=9).forward
    assert scaled.gates == ("health",)
