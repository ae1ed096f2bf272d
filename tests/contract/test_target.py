"""What every target does: the fake, and this machine with a real supervisor and HAProxy."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from tests.integration.supervisor_rig import Rig
from tests.support.plans import SHOP
from tests.support.sites import PACE, FakeSite, LocalSite, Site, desired, grant, release, service_ref

from kr8.domain.problem import Refused
from kr8.domain.release import Release
from kr8.domain.target import Counters, Desired, FailureCode, LogQuery, Observed, Page
from kr8.ports.target import Baseline, Fenced, Stuck

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with Rig(tmp_path_factory.mktemp("machine") / "home") as found:
        found.home.mkdir()
        yield found.start()


@pytest.fixture(params=["fake", "local"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    if request.param == "fake":
        yield FakeSite()
        return
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    local = LocalSite(request.getfixturevalue("rig"), f"stage-{next(NUMBERS)}", port)
    yield local

    async def clear() -> None:
        with suppress(Fenced):
            await become(local, desired(local), epoch=1000)

    local.play(clear)
    local.close()


async def become(site: Site, wanted: Desired, epoch: int = 1) -> Observed:
    """Converge; what there is then."""
    async for _ in site.target.converge(wanted, grant(site, epoch)):
        pass
    return await site.target.observe(wanted.service)


async def serve(site: Site, *shares: tuple[Release, int, int | None], epoch: int = 1) -> Observed:
    """Deliver, then converge."""
    for each, _, _ in shares:
        await site.target.deliver(each, grant(site, epoch))
    return await become(site, desired(site, *shares), epoch)


def ready(observed: Observed) -> dict[str, int]:
    return {share.release: share.ready for share in observed.shares if share.ready}


def traffic(observed: Observed) -> dict[str, int]:
    return {share.release: round(share.traffic) for share in observed.shares}


def test_it_becomes_what_is_desired_and_stays_so_when_asked_again(site: Site) -> None:
    async def story() -> None:
        one = release(site, "a")
        observed = await serve(site, (one, 2, None))
        assert observed.settled and ready(observed) == {one.id: 2} and observed.failure is None
        before = {instance.id for share in observed.shares for instance in share.instances}
        again = await serve(site, (one, 2, None))
        assert {instance.id for share in again.shares for instance in share.instances} == before

    site.play(story)


def test_two_releases_stand_side_by_side_and_traffic_moves_between_them(site: Site) -> None:
    async def story() -> None:
        old, new = release(site, "a"), release(site, "b")
        await serve(site, (old, 1, None))
        assert traffic(await serve(site, (old, 1, 100), (new, 1, 0))) == {old.id: 100, new.id: 0}
        answer = await site.target.ask(service_ref(site), "/healthz", None)
        assert (answer.status, answer.release, answer.version) == (200, old.id, old.version())
        assert traffic(await become(site, desired(site, (old, 1, 75), (new, 1, 25)))) == {old.id: 75, new.id: 25}
        assert traffic(await become(site, desired(site, (old, 1, 0), (new, 1, 100)))) == {old.id: 0, new.id: 100}
        answer = await site.target.ask(service_ref(site), "/healthz", None)
        assert (answer.release, answer.version) == (new.id, new.version())
        assert ready(await become(site, desired(site, (new, 1, None)))) == {new.id: 1}

    site.play(story)


def test_an_instance_of_a_release_is_asked_although_it_takes_no_traffic(site: Site) -> None:
    async def story() -> None:
        old, new = release(site, "a"), release(site, "b")
        await serve(site, (old, 1, 100), (new, 1, 0))
        answer = await site.target.ask(service_ref(site), "/healthz", new.id)
        assert (answer.status, answer.version) == (200, new.version())

    site.play(story)


def test_no_shares_is_a_service_that_is_gone(site: Site) -> None:
    async def story() -> None:
        await serve(site, (release(site, "a"), 1, None))
        observed = await become(site, desired(site))
        assert observed.settled and ready(observed) == {}
        assert (await site.target.ask(service_ref(site), "/healthz", None)).status is None

    site.play(story)


def test_a_service_that_nobody_ever_told_of_is_settled_and_empty(site: Site) -> None:
    async def story() -> None:
        observed = await site.target.observe(service_ref(site, "never"))
        assert observed.settled and observed.shares == ()
        assert (await site.target.counters(service_ref(site, "never"))).releases == {}
        assert (await site.target.ask(service_ref(site, "never"), "/", None)).status is None
        assert (await site.target.logs(service_ref(site, "never"), LogQuery())).lines == ()

    site.play(story)


def test_more_and_fewer_instances_and_new_ones_of_the_same_release(site: Site) -> None:
    async def story() -> None:
        one = release(site, "a")
        await serve(site, (one, 1, None))
        more = await become(site, desired(site, (one, 3, None)))
        assert ready(more) == {one.id: 3}
        fewer = await become(site, desired(site, (one, 2, None)))
        assert ready(fewer) == {one.id: 2}
        before = {instance.id for share in fewer.shares for instance in share.instances}
        fresh = await become(site, desired(site, (one, 2, None), restart=1))
        after = {instance.id for share in fresh.shares for instance in share.instances}
        assert len(after) == 2 and not before & after

    site.play(story)


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("exit", FailureCode.EXITED),
        ("impostor", FailureCode.WRONG_VERSION),
        ("closed", FailureCode.PORT_NOT_OPENED),
    ],
)
def test_what_cannot_become_ready_is_stuck_with_a_code_and_evidence_while_the_old_release_serves(
    site: Site, mode: str, code: FailureCode
) -> None:
    async def story() -> None:
        old, bad = release(site, "a"), release(site, "b", mode)
        await serve(site, (old, 1, None))
        with pytest.raises(Stuck) as caught:
            await serve(site, (old, 1, 100), (bad, 1, 0))
        assert caught.value.failure.code is code and caught.value.failure.release == bad.id
        assert (await site.target.ask(service_ref(site), "/healthz", None)).release == old.id
        evidence = await site.target.evidence(service_ref(site), bad.id)
        assert evidence.failure is not None and evidence.failure.code is code
        assert ready(await become(site, desired(site, (old, 1, None)))) == {old.id: 1}

    site.play(story)


def test_what_still_serves_although_it_is_to_go_is_observed(site: Site) -> None:
    async def story() -> None:
        old, bad = release(site, "a"), release(site, "b", "exit")
        await serve(site, (old, 2, None))
        with pytest.raises(Stuck):
            await serve(site, (bad, 2, None))
        observed = await site.target.observe(service_ref(site))
        assert ready(observed) == {old.id: 2} and not observed.settled
        assert traffic(observed)[old.id] == 100
        assert {share.release: share.wanted for share in observed.shares} == {bad.id: 2, old.id: 0}
        kept = await become(site, desired(site, (old, 2, None)))
        before = {each.id for share in observed.shares if share.release == old.id for each in share.instances}
        assert {each.id for share in kept.shares for each in share.instances} == before

    site.play(story)


def test_a_release_must_be_delivered_before_it_is_desired(site: Site) -> None:
    async def story() -> None:
        with pytest.raises(Refused, match="release_not_delivered"):
            await become(site, desired(site, (release(site, "c"), 1, None)))

    site.play(story)


def test_a_lower_epoch_changes_nothing_and_says_who_is_ahead(site: Site) -> None:
    async def story() -> None:
        one = release(site, "a")
        await serve(site, (one, 1, None), epoch=5)
        with pytest.raises(Fenced) as caught:
            await become(site, desired(site), epoch=4)
        assert (caught.value.epoch, caught.value.seen) == (4, 5)
        with pytest.raises(Fenced):
            await site.target.promoted(Baseline(generation=1, label="dep_1", services=()), grant(site, 4))
        assert ready(await site.target.observe(service_ref(site))) == {one.id: 1}
        assert (await site.target.observe(service_ref(site))).epoch == 5
        with pytest.raises(Fenced):
            await site.target.run(one, site.command("fenced"), grant(site, 4))
        assert site.traces("fenced") == 0
        with pytest.raises(Fenced):
            await site.target.forget(one.id, grant(site, 4))
        assert ready(await become(site, desired(site, (one, 2, None)), epoch=5)) == {one.id: 2}

    site.play(story)


def test_requests_are_counted_by_release_and_never_lost_by_a_shift(site: Site) -> None:
    async def story() -> None:
        old, new = release(site, "a"), release(site, "b")
        await serve(site, (old, 1, None))
        before = await site.target.counters(service_ref(site))
        await site.requests(service_ref(site), old.id, 20)
        counted = await seen(site, old.id, 20, before)
        assert counted.of(old.id).errors == 0 and counted.of(old.id).percentile(0.99) is not None
        await serve(site, (old, 1, 0), (new, 1, 100))
        await site.requests(service_ref(site), new.id, 10)
        assert (await seen(site, new.id, 10, before)).of(old.id).requests >= 20
        await become(site, desired(site, (new, 1, None)))
        after = await site.target.counters(service_ref(site))
        assert after.reset == before.reset and after.since(before).of(old.id).requests >= 20

    site.play(story)


def test_what_kr8_asks_itself_is_no_traffic(site: Site) -> None:
    async def story() -> None:
        served = release(site, "a")
        await serve(site, (served, 1, None))
        before = await site.target.counters(service_ref(site))
        for _ in range(5):
            assert (await site.target.ask(service_ref(site), "/", None)).release == served.id
        await site.requests(service_ref(site), served.id, 3)
        counted = await seen(site, served.id, 3, before)
        assert counted.of(served.id).requests == 3

    site.play(story)


async def seen(site: Site, of: str, count: int, before: Counters) -> Counters:
    """The counters since, once so many requests have arrived in them."""
    for _ in range(500):
        counted = (await site.target.counters(service_ref(site))).since(before)
        if counted.of(of).requests >= count and counted.of(of).percentile(0.99) is not None:
            return counted
        await site.sleep()
    raise AssertionError(f"{counted.of(of)}: {count} requests were not counted")


def test_what_is_printed_is_read_in_pages_without_loss(site: Site) -> None:
    async def story() -> None:
        one = release(site, "a")
        await serve(site, (one, 1, None))
        await site.requests(service_ref(site), one.id, 3)
        whole = await printed(site, 2)
        cursor, lines = None, []
        while True:
            page = await site.target.logs(service_ref(site), LogQuery(limit=1, cursor=cursor))
            if not page.lines:
                break
            lines += [line.line for line in page.lines]
            cursor = page.cursor
        assert lines == [line.line for line in whole.lines]
        assert {line.release for line in whole.lines} == {one.id}
        wanted = whole.lines[0].line
        found = await site.target.logs(service_ref(site), LogQuery(text=wanted))
        assert [line.line for line in found.lines] == [wanted]

    site.play(story)


def test_the_last_lines_are_found_at_once_and_lead_back_to_the_first_and_on_to_what_is_new(site: Site) -> None:
    async def story() -> None:
        one, two = release(site, "a"), release(site, "b")
        await serve(site, (one, 2, 50), (two, 1, 50))
        for _ in range(2):
            await site.requests(service_ref(site), one.id, 3)
        whole = [(line.instance, line.line) for line in (await printed(site, 6)).lines]
        last = await site.target.logs(service_ref(site), LogQuery(back=True, limit=2))
        assert last.more and [(line.instance, line.line) for line in last.lines] == whole[-2:]
        await become(site, desired(site, (one, 3, 50), (two, 1, 50)))
        await site.requests(service_ref(site), one.id, 3)
        more = (await printed(site, len(whole) + 2)).lines
        page, lines = last, last.lines
        while page.more:
            page = await site.target.logs(service_ref(site), LogQuery(back=True, cursor=page.cursor, limit=1))
            lines = page.lines + lines
        assert page.cursor is None and [(line.instance, line.line) for line in lines] == whole
        new = await site.target.logs(service_ref(site), LogQuery(cursor=last.lines[-1].cursor))
        assert new.lines == more[len(whole) :]
        for each in (one, two):
            own = LogQuery(releases=frozenset({each.id}), back=True)
            assert {line.release for line in (await site.target.logs(service_ref(site), own)).lines} <= {each.id}
        late = LogQuery(since=more[-1].at + timedelta(days=1), back=True)
        assert (await site.target.logs(service_ref(site), late)).lines == ()
        until = last.lines[-1].at
        early = tuple(line for line in more if line.at <= until)
        for query in (LogQuery(until=until), LogQuery(until=until, back=True)):
            assert (await site.target.logs(service_ref(site), query)).lines == early, "up to an instant, both ways"
        with pytest.raises(ValueError, match="no cursor"):
            await site.target.logs(service_ref(site), LogQuery(cursor="no cursor", back=True))

    site.play(story)


async def printed(site: Site, count: int) -> Page:
    for _ in range(500):
        page = await site.target.logs(service_ref(site), LogQuery())
        if len(page.lines) >= count:
            return page
        await site.sleep()
    raise AssertionError("nothing was printed")


def test_a_command_runs_once_for_its_id_and_tells_how_it_ended(site: Site) -> None:
    async def story() -> None:
        one = release(site, "a")
        await site.target.deliver(one, grant(site))
        ran = await site.target.run(one, site.command("migrate"), grant(site))
        assert ran.ok
        assert await site.target.run(one, site.command("migrate"), grant(site)) == ran
        assert site.traces("migrate") == 1
        failed = await site.target.run(one, site.command("broken", fails=True), grant(site))
        assert not failed.ok and "3" in failed.how and "no such table" in failed.lines

    site.play(story)


def test_a_job_is_done_when_it_has_ended(site: Site) -> None:
    async def story() -> None:
        job = release(site, "a", "job", name="import")
        await site.target.deliver(job, grant(site))
        observed = await become(site, desired(site, (job, 1, None), name="import"))
        assert observed.settled and ready(observed) == {job.id: 1}

    site.play(story)


def test_what_is_promoted_is_what_it_returns_to_by_itself(site: Site) -> None:
    async def story() -> None:
        old, new = release(site, "a"), release(site, "b")
        await serve(site, (old, 1, None))
        baseline = Baseline(generation=7, label="dep_1", services=(desired(site, (old, 1, None)),))
        await site.target.promoted(baseline, grant(site))
        standing = await site.target.standing(SHOP, site.environment)
        assert standing is not None and (standing.generation, standing.epoch) == (7, 1)
        await serve(site, (old, 1, 0), (new, 1, 100))
        site.returned()
        for _ in range(500):
            observed = await site.target.observe(service_ref(site))
            if observed.settled and ready(observed) == {old.id: 1}:
                break
            await site.sleep()
        assert ready(observed) == {old.id: 1} and observed.epoch == 2
        with pytest.raises(Fenced):
            await become(site, desired(site, (new, 1, None)), epoch=1)

    site.play(story)


def test_what_it_was_told_is_promoted_is_remembered_with_the_releases_that_are_still_there(site: Site) -> None:
    async def story() -> None:
        first, second, third = release(site, "a"), release(site, "b"), release(site, "c")
        for number, each in enumerate((first, second, third), 1):
            await serve(site, (each, number, None))
            services = (desired(site, (each, number, None), restart=number),)
            left = (2,) if number == 3 else ()
            baseline = Baseline(
                generation=number, label=f"dep_{number}", services=services, withdrawn=left, irreversible=number == 2
            )
            await site.target.promoted(baseline, grant(site))
        await site.target.forget(first.id, grant(site))
        kept = await site.target.remembered(SHOP, site.environment)
        assert [(each.generation, each.label, each.releases) for each in kept] == [
            (1, "dep_1", None),
            (2, "dep_2", (second,)),
            (3, "dep_3", (third,)),
        ]
        assert [(each.withdrawn, each.irreversible) for each in kept] == [(False, False), (True, True), (False, False)]
        assert (kept[2].instances, kept[2].restart) == ({"web": 3}, {"web": 3})
        assert await site.target.remembered(SHOP, "nowhere") == ()
        here = {each.id for each in await site.target.releases() if each.environment == site.environment}
        assert here == {second.id, third.id}

    site.play(story)


def test_forgetting_twice_is_forgetting_once(site: Site) -> None:
    async def story() -> None:
        old, new = release(site, "a"), release(site, "b")
        await serve(site, (old, 1, None))
        await serve(site, (new, 1, None))
        for _ in range(2):
            await site.target.forget(old.id, grant(site))
        with pytest.raises(Refused, match="release_not_delivered"):
            await become(site, desired(site, (old, 1, None)))
        assert ready(await site.target.observe(service_ref(site))) == {new.id: 1}

    site.play(story)


def test_it_says_what_it_can_do_and_finds_nothing_in_the_way_of_its_own_service(site: Site) -> None:
    async def story() -> None:
        assert site.target.abilities().weights == "percent"
        one = release(site, "a")
        assert await site.target.check(desired(site, (one, 1, None)), one) == ()
        await serve(site, (one, 1, None))
        assert await site.target.check(desired(site, (one, 1, None)), one) == ()
        assert PACE.surge == 2

    site.play(story)
