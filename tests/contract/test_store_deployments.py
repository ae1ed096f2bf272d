"""Deployments change only from the state they were decided on."""

import asyncio

import pytest
from tests.support.stores import Stores
from tests.support.values import HOSTILE, NOW, SHOP, deployment, plan

from kr8.domain.deployment import Deployment, Event, State, TimelineEntry
from kr8.domain.problem import Refused
from kr8.domain.target import Evidence


def queued(identity: str, environment: str = "staging") -> Deployment:
    return deployment(identity, environment=environment).after(Event.RUN, queued_at=NOW)


def test_a_deployment_comes_back_as_it_was(stores: Stores) -> None:
    async def story() -> None:
        await stores.deployments.add(deployment())
        stored = await stores.deployments.get("dep_1")
        assert stored == deployment()
        assert stored.plan is not None
        assert stored.plan.digest() == plan().digest()

    asyncio.run(story())


def test_an_unknown_deployment_is_none_and_is_not_saved(stores: Stores) -> None:
    async def story() -> None:
        assert await stores.deployments.get("dep_1") is None
        assert not await stores.deployments.save(deployment(), State.PLANNED)
        assert await stores.deployments.get("dep_1") is None

    asyncio.run(story())


def test_adding_again_does_nothing_but_another_of_its_id_is_refused(stores: Stores) -> None:
    async def story() -> None:
        await stores.deployments.add(deployment())
        await stores.deployments.add(deployment())
        with pytest.raises(Refused) as refused:
            await stores.deployments.add(deployment(environment="production"))
        assert refused.value.problem.code == "deployment_exists"
        assert await stores.deployments.get("dep_1") == deployment()

    asyncio.run(story())


def test_a_save_from_a_state_that_has_passed_changes_nothing(stores: Stores) -> None:
    async def story() -> None:
        await stores.deployments.add(deployment())
        cancelled = deployment().after(Event.CANCEL)
        assert await stores.deployments.save(cancelled, State.PLANNED)
        assert not await stores.deployments.save(queued("dep_1"), State.PLANNED)
        assert await stores.deployments.get("dep_1") == cancelled

    asyncio.run(story())


def test_a_requested_cancel_survives_a_save_that_did_not_know_of_it(stores: Stores) -> None:
    async def story() -> None:
        await stores.deployments.add(deployment())
        await stores.deployments.request_cancel("dep_1")
        assert await stores.deployments.save(queued("dep_1"), State.PLANNED)
        stored = await stores.deployments.get("dep_1")
        assert stored is not None
        assert (stored.state, stored.cancel_requested) == (State.QUEUED, True)

    asyncio.run(story())


def test_cancelling_what_is_not_there_is_refused(stores: Stores) -> None:
    with pytest.raises(Refused) as refused:
        asyncio.run(stores.deployments.request_cancel("dep_9"))
    assert refused.value.problem.code == "unknown_deployment"


def test_cancels_and_saves_at_once_lose_no_cancel(stores: Stores) -> None:
    async def story() -> None:
        ids = [f"dep_{number:02}" for number in range(20)]
        for identity in ids:
            await stores.deployments.add(deployment(identity))
        saves = [stores.deployments.save(queued(identity), State.PLANNED) for identity in ids]
        cancels = [stores.deployments.request_cancel(identity) for identity in ids]
        await asyncio.gather(*(work for pair in zip(saves, cancels, strict=True) for work in pair))
        for identity in ids:
            stored = await stores.deployments.get(identity)
            assert stored is not None
            assert (stored.state, stored.cancel_requested) == (State.QUEUED, True)

    asyncio.run(story())


def test_of_many_saves_from_one_state_one_wins(stores: Stores) -> None:
    async def story() -> None:
        await stores.deployments.add(deployment())
        saves = [stores.deployments.save(queued("dep_1"), State.PLANNED) for _ in range(50)]
        assert sum(await asyncio.gather(*saves)) == 1

    asyncio.run(story())


def test_what_is_planned_again_is_there_with_the_word_that_it_is(stores: Stores) -> None:
    async def story() -> None:
        await stores.deployments.add(queued("dep_1"))
        await stores.deployments.request_cancel("dep_1")
        stale = queued("dep_1").after(Event.GENERATION_MOVED, ended_at=NOW, replaced_by="dep_2")
        again = deployment("dep_2", State.PLANNING)
        assert not await stores.deployments.replan(stale, State.PLANNED, again)
        assert await stores.deployments.get("dep_2") is None
        assert await stores.deployments.replan(stale, State.QUEUED, again)
        assert not await stores.deployments.replan(stale, State.QUEUED, deployment("dep_3", State.PLANNING))
        stored = await stores.deployments.get("dep_1")
        assert stored is not None and (stored.state, stored.replaced_by) == (State.STALE, "dep_2")
        assert stored.cancel_requested
        assert [found.id for found in await stores.deployments.list()] == ["dep_2", "dep_1"]
        assert await stores.deployments.get("dep_2") == again

    asyncio.run(story())


def test_deployments_are_listed_newest_first_filtered_and_in_pages(stores: Stores) -> None:
    async def story() -> None:
        await stores.deployments.add(deployment("dep_1"))
        await stores.deployments.add(deployment("dep_2", State.FAILED))
        await stores.deployments.add(deployment("dep_3", environment="production"))
        await stores.deployments.add(deployment("dep_4", project="prj_other1"))
        find = stores.deployments.list
        assert [found.id for found in await find()] == ["dep_4", "dep_3", "dep_2", "dep_1"]
        assert [found.id for found in await find(SHOP)] == ["dep_3", "dep_2", "dep_1"]
        assert [found.id for found in await find(SHOP, "staging")] == ["dep_2", "dep_1"]
        assert [found.id for found in await find(states=frozenset({State.FAILED}))] == ["dep_2"]
        assert [found.id for found in await find(limit=2)] == ["dep_4", "dep_3"]
        assert [found.id for found in await find(before="dep_3", limit=1)] == ["dep_2"]

    asyncio.run(story())


def test_a_newer_deployment_takes_the_place_of_the_one_that_waits(stores: Stores) -> None:
    async def story() -> None:
        await stores.deployments.add(queued("dep_1"))
        await stores.deployments.add(queued("dep_2", "production"))
        await stores.deployments.add(deployment("dep_3", State.RUNNING))
        await stores.deployments.add(deployment("dep_4"))
        assert await stores.deployments.queue(queued("dep_4"), State.PLANNED) == ("dep_1",)
        states = {found.id: found.state for found in await stores.deployments.list()}
        assert states == {
            "dep_1": State.SUPERSEDED,
            "dep_2": State.QUEUED,
            "dep_3": State.RUNNING,
            "dep_4": State.QUEUED,
        }
        waited = await stores.deployments.get("dep_1")
        assert waited is not None
        assert waited.problem is not None
        assert "dep_4" in waited.problem.what
        assert waited.ended_at == NOW

    asyncio.run(story())


def test_queueing_from_a_state_that_has_passed_supersedes_nothing(stores: Stores) -> None:
    async def story() -> None:
        await stores.deployments.add(queued("dep_1"))
        await stores.deployments.add(deployment("dep_2", State.STALE))
        assert await stores.deployments.queue(queued("dep_2"), State.PLANNED) is None
        assert await stores.deployments.get("dep_1") == queued("dep_1")

    asyncio.run(story())


def test_of_many_queued_at_once_one_is_left_waiting(stores: Stores) -> None:
    async def story() -> None:
        ids = [f"dep_{number:02}" for number in range(20)]
        for identity in ids:
            await stores.deployments.add(deployment(identity))
        gone = await asyncio.gather(*(stores.deployments.queue(queued(one), State.PLANNED) for one in ids))
        waiting = await stores.deployments.list(states=frozenset({State.QUEUED}))
        assert len(waiting) == 1
        superseded = sorted(identity for some in gone for identity in some or ())
        assert superseded == sorted(set(ids) - {waiting[0].id})

    asyncio.run(story())


def entry(text: str, of: str = "dep_1") -> TimelineEntry:
    return TimelineEntry(deployment=of, at=NOW, step="build", text=text, untrusted=True)


def test_a_timeline_numbers_its_entries_and_gives_them_in_pages(stores: Stores) -> None:
    async def story() -> None:
        for text in ("one", HOSTILE, "three"):
            await stores.deployments.note(entry(text))
        assert (await stores.deployments.note(entry("first", "dep_2"))).number == 1
        found = await stores.deployments.timeline("dep_1")
        assert [(one.number, one.text) for one in found] == [(1, "one"), (2, HOSTILE), (3, "three")]
        assert [one.number for one in await stores.deployments.timeline("dep_1", after=1, limit=1)] == [2]

    asyncio.run(story())


def test_a_timeline_is_read_back_from_its_end_or_from_a_number(stores: Stores) -> None:
    async def story() -> None:
        assert await stores.deployments.timeline_back("dep_1") == ()
        for text in ("one", HOSTILE, "three", "four"):
            await stores.deployments.note(entry(text))
        await stores.deployments.note(entry("first", "dep_2"))
        back = stores.deployments.timeline_back
        assert [one.text for one in await back("dep_1")] == ["one", HOSTILE, "three", "four"]
        assert [one.number for one in await back("dep_1", limit=2)] == [3, 4]
        assert [one.number for one in await back("dep_1", until=2, limit=1)] == [2]
        assert [one.number for one in await back("dep_1", until=99)] == [1, 2, 3, 4]
        assert await back("dep_1", until=0) == ()

    asyncio.run(story())


def test_entries_noted_at_once_get_numbers_of_their_own(stores: Stores) -> None:
    async def story() -> None:
        await asyncio.gather(*(stores.deployments.note(entry(str(number))) for number in range(40)))
        assert [one.number for one in await stores.deployments.timeline("dep_1")] == list(range(1, 41))

    asyncio.run(story())


def test_evidence_is_found_in_ended_deployments_of_an_environment_the_newest_first(stores: Stores) -> None:
    async def story() -> None:
        kept = (Evidence(service="web", release=f"rel_{'a' * 16}", lines=(HOSTILE, '"evidence":[{')),)
        for identity, environment in (("dep_1", "staging"), ("dep_2", "staging"), ("dep_3", "other")):
            ended = deployment(identity, environment=environment).after(Event.CANCEL, evidence=kept)
            await stores.deployments.add(ended)
        await stores.deployments.add(deployment("dep_4").model_copy(update={"evidence": kept}))
        quoting = deployment("dep_5").model_copy(update={"reason": '"evidence":[{'})
        await stores.deployments.add(quoting.after(Event.CANCEL))
        assert await stores.deployments.with_evidence(SHOP, "staging") == ("dep_2", "dep_1")
        without = await stores.deployments.get("dep_1")
        assert without is not None
        assert await stores.deployments.save(without.without_evidence(("web",)), State.CANCELLED)
        assert await stores.deployments.with_evidence(SHOP, "staging") == ("dep_2",)
        left = await stores.deployments.get("dep_1")
        assert left is not None and (left.evidence, left.evidence_pruned) == ((), ("web",))

    asyncio.run(story())


def test_what_builds_printed_is_found_in_ended_deployments_and_removed_without_kr8s_own_lines(stores: Stores) -> None:
    async def story() -> None:
        own = entry("building").model_copy(update={"untrusted": False})
        for identity, environment in (("dep_1", "staging"), ("dep_2", "staging"), ("dep_3", "other")):
            await stores.deployments.add(deployment(identity, environment=environment).after(Event.CANCEL))
        await stores.deployments.add(deployment("dep_4"))
        await stores.deployments.add(deployment("dep_5").after(Event.CANCEL))
        for of in ("dep_1", "dep_2", "dep_3", "dep_4"):
            for line in (own, entry("one"), entry(HOSTILE), own):
                await stores.deployments.note(line.model_copy(update={"deployment": of}))
        quoting = own.model_copy(update={"deployment": "dep_5", "text": '"untrusted":true'})
        await stores.deployments.note(quoting)
        assert await stores.deployments.with_output(SHOP, "staging") == ("dep_2", "dep_1")
        assert await stores.deployments.forget_output("dep_1") == 2
        assert await stores.deployments.forget_output("dep_1") == 0
        assert [one.text for one in await stores.deployments.timeline("dep_1")] == ["building", "building"]
        assert (await stores.deployments.note(own)).number == 5
        assert len(await stores.deployments.timeline("dep_2")) == 4
        assert await stores.deployments.with_output(SHOP, "staging") == ("dep_2",)

    asyncio.run(story())
