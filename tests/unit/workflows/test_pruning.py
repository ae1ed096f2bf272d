"""What no rollback needs is let go: builds, and what they printed."""

from __future__ import annotations

from tests.fakes.target import Behaviour
from tests.support.house import ADA, HEAD, SHOP, STAGING, WEB, House
from tests.support.virtual import play

from kr8.domain.deployment import State
from kr8.domain.problem import refuse
from kr8.domain.shortened import LONGEST_TAIL, last_lines
from kr8.domain.target import Evidence, Failure, FailureCode
from kr8.workflows.pruning import FAILURES, LATEST

KEEPS_TWO = STAGING + "keep = 2\n"


def test_what_builds_printed_goes_with_them_and_kr8s_own_lines_stay() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, KEEPS_TWO)
        house.builder.says = ("downloading the world",)
        done = [await house.deploy() for _ in range(4)]
        assert len(house.builder.made) == 2
        printed = ["downloading the world" in await house.told(each.id) for each in done]
        assert printed == [False, False, True, True]
        assert "1 lines that its builds printed were pruned with them" in await house.told(done[0].id)
        assert "building web of" in await house.told(done[0].id)
        assert await house.deployments.with_output(SHOP, "staging") == (done[3].id, done[2].id)

    play(story())


def test_what_a_failed_build_printed_stays_for_a_while() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, KEEPS_TWO)
        house.builder.failures["web"] = refuse("build_failed", "The build of web failed.").problem
        failed = [await house.deploy() for _ in range(LATEST + 2)]
        assert {each.state for each in failed} == {State.FAILED}
        house.builder.failures.clear()
        await house.deploy()
        printed = ["\nbuilding\n" in await house.told(each.id) for each in failed]
        assert printed == [False, False, *[True] * LATEST]

    play(story())


def test_the_same_builds_printed_for_another_deployment_stay_while_one_needs_them() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, KEEPS_TWO)
        first = await house.deploy()
        for instances in (3, 4, 5):
            await house.do("scale_deployment", ADA, service="web", instances=instances)
        assert "\nbuilding\n" in await house.told(first.id)

    play(story())


def test_the_evidence_of_a_services_newest_failures_stays_and_where_it_went_that_is_said() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, KEEPS_TWO)
        await house.deploy()
        failed: list[str] = []
        for _ in range(FAILURES + 2):
            house.target.behaviours[house.commit()] = Behaviour(fails=FailureCode.EXITED)
            failed.append((await house.do()).id)
        shown = [await house.call("get_deployment", deployment=each) for each in failed]
        assert [bool(each["evidence"]) for each in shown] == [False, False, *[True] * FAILURES]
        assert [each["evidence_pruned"] for each in shown[:3]] == [["web"], ["web"], []]
        assert "the evidence of web was pruned" in await house.told(failed[0])
        assert {each["state"] for each in shown} == {State.ROLLED_BACK}
        assert all(each["problem"]["code"] == "exited" for each in shown)

    play(story())


def test_no_more_is_kept_of_a_failure_than_somebody_would_read() -> None:
    lines = tuple(f"{number} " + "x" * 16_000 for number in range(40))
    release = f"rel_{'a' * 16}"
    kept = Evidence(service="web", release=release, lines=lines, answers=lines)
    failure = Failure(code=FailureCode.EXITED, what="it ended", instance="i", release=release, lines=lines)
    for told in (kept.lines, kept.answers, failure.lines):
        assert sum(map(len, told)) <= LONGEST_TAIL and told[-1].startswith("39 ")
        assert last_lines(told) == told
    assert Evidence.model_validate_json(kept.model_dump_json()) == kept
