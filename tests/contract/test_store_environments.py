"""A promotion is one transaction over environment, deployment and history."""

import asyncio

from tests.support.stores import Stores
from tests.support.values import SHOP, deployment, promotion

from kr8.domain.deployment import Deployment, Event, State
from kr8.domain.environment import EnvironmentRecord
from kr8.domain.policy import Policy
from kr8.domain.project import Approval, BlueGreen, Environment


async def promoted(stores: Stores, generation: int, withdraw: int | None = None) -> Deployment:
    running = deployment(f"dep_{generation}", State.RUNNING)
    await stores.deployments.add(running)
    baked = running.after(Event.BAKED, generation=generation)
    made = promotion(generation, running.id, "abcdef"[generation])
    assert await stores.environments.promote(baked, State.RUNNING, made, withdraw)
    return baked


def test_an_environment_that_nobody_knows_is_an_empty_record(stores: Stores) -> None:
    record = asyncio.run(stores.environments.get(SHOP, "staging"))
    assert record == EnvironmentRecord(project=SHOP, name="staging")
    assert asyncio.run(stores.environments.of(SHOP)) == ()


def test_a_promotion_changes_environment_deployment_and_history_together(stores: Stores) -> None:
    async def story() -> None:
        baked = await promoted(stores, 1)
        record = await stores.environments.get(SHOP, "staging")
        assert (record.generation, record.current) == (1, promotion(1, "dep_1", "b"))
        assert record.policy == Policy(approval=Approval())
        assert record.strategy == BlueGreen(kind="blue-green")
        assert record.declared == Environment(keep=4)
        assert await stores.deployments.get("dep_1") == baked
        assert await stores.environments.history(SHOP, "staging") == (promotion(1, "dep_1", "b"),)

    asyncio.run(story())


def test_a_promotion_on_another_generation_changes_nothing(stores: Stores) -> None:
    async def story() -> None:
        await promoted(stores, 1)
        running = deployment("dep_2", State.RUNNING)
        await stores.deployments.add(running)
        baked = running.after(Event.BAKED)
        assert not await stores.environments.promote(baked, State.RUNNING, promotion(1, "dep_2"), None)
        assert not await stores.environments.promote(baked, State.RUNNING, promotion(3, "dep_2"), None)
        assert await stores.deployments.get("dep_2") == running
        assert (await stores.environments.get(SHOP, "staging")).generation == 1

    asyncio.run(story())


def test_a_promotion_of_a_deployment_in_another_state_changes_nothing(stores: Stores) -> None:
    async def story() -> None:
        returning = deployment("dep_1", State.RETURNING)
        await stores.deployments.add(returning)
        baked = deployment("dep_1", State.RUNNING).after(Event.BAKED)
        assert not await stores.environments.promote(baked, State.RUNNING, promotion(1), None)
        assert (await stores.environments.get(SHOP, "staging")).generation == 0
        assert await stores.environments.history(SHOP, "staging") == ()
        assert await stores.deployments.get("dep_1") == returning

    asyncio.run(story())


def test_promoting_the_same_again_is_true_and_changes_nothing(stores: Stores) -> None:
    async def story() -> None:
        baked = await promoted(stores, 1)
        ended = baked.after(Event.OLD_REMOVED)
        assert await stores.deployments.save(ended, State.PROMOTED)
        await promoted(stores, 2)
        made = promotion(1, "dep_1", "b")
        assert await stores.environments.promote(baked, State.RUNNING, made, None)
        assert (await stores.environments.get(SHOP, "staging")).generation == 2
        assert await stores.deployments.get("dep_1") == ended

    asyncio.run(story())


def test_a_cancel_that_came_while_it_was_promoted_is_kept(stores: Stores) -> None:
    async def story() -> None:
        running = deployment("dep_1", State.RUNNING)
        await stores.deployments.add(running)
        await stores.deployments.request_cancel("dep_1")
        assert await stores.environments.promote(running.after(Event.BAKED), State.RUNNING, promotion(1), None)
        stored = await stores.deployments.get("dep_1")
        assert stored is not None
        assert stored.cancel_requested

    asyncio.run(story())


def test_a_rollback_withdraws_the_generation_it_leaves(stores: Stores) -> None:
    async def story() -> None:
        await promoted(stores, 1)
        await promoted(stores, 2)
        await promoted(stores, 3, withdraw=2)
        history = await stores.environments.history(SHOP, "staging")
        assert [(one.generation, one.withdrawn) for one in history] == [(3, False), (2, True), (1, False)]
        assert [one.generation for one in await stores.environments.history(SHOP, "staging", limit=1)] == [3]

    asyncio.run(story())


def test_of_two_controllers_that_promote_one_generation_one_wins(stores: Stores) -> None:
    async def story() -> None:
        running = [deployment(f"dep_{number}", State.RUNNING) for number in range(10)]
        for one in running:
            await stores.deployments.add(one)
        results = await asyncio.gather(
            *(
                stores.environments.promote(one.after(Event.BAKED), State.RUNNING, promotion(1, one.id), None)
                for one in running
            )
        )
        assert sum(results) == 1
        assert len(await stores.deployments.list(states=frozenset({State.PROMOTED}))) == 1
        assert len(await stores.environments.history(SHOP, "staging")) == 1

    asyncio.run(story())


def test_saving_an_environment_never_touches_what_it_serves(stores: Stores) -> None:
    async def story() -> None:
        old = await stores.environments.get(SHOP, "staging")
        await promoted(stores, 1)
        await stores.environments.save(old.model_copy(update={"scale": {"web": 3}, "frozen_by": "dep_9"}))
        record = await stores.environments.get(SHOP, "staging")
        assert (record.generation, record.current) == (1, promotion(1, "dep_1", "b"))
        assert (record.scale, record.frozen_by, record.policy) == ({"web": 3}, "dep_9", None)
        assert await stores.environments.of(SHOP) == (record,)

    asyncio.run(story())


def test_promotions_that_were_made_unseen_become_history_and_the_last_of_them_is_current(stores: Stores) -> None:
    async def story() -> None:
        await promoted(stores, 1)
        await promoted(stores, 2)
        found = tuple(promotion(number, f"dep_{number}", "abcdef"[number]) for number in (2, 3, 5))
        assert await stores.environments.learn(SHOP, "staging", found, frozenset({2, 3, 9}))
        record = await stores.environments.get(SHOP, "staging")
        assert (record.generation, record.current) == (5, found[-1])
        assert (record.policy, record.declared) == (Policy(approval=Approval()), Environment(keep=4))
        history = await stores.environments.history(SHOP, "staging")
        assert [(each.generation, each.withdrawn) for each in history] == [(5, False), (3, True), (2, True), (1, False)]
        assert not await stores.environments.learn(SHOP, "staging", found, frozenset({1}))
        assert await stores.environments.history(SHOP, "staging") == history

    asyncio.run(story())


def test_an_environment_that_nobody_knows_is_learned_whole(stores: Stores) -> None:
    async def story() -> None:
        assert await stores.environments.learn(SHOP, "staging", (promotion(7, "dep_7"),), frozenset())
        (record,) = await stores.environments.of(SHOP)
        assert (record.generation, record.current, record.policy) == (7, promotion(7, "dep_7"), None)

    asyncio.run(story())
