"""The decision: what it does in each situation, and what it never does in any."""

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kr8.supervisor.decide import (
    DRAIN_LEAST_S,
    Action,
    Drain,
    Kill,
    Member,
    Restore,
    Situation,
    Start,
    Stop,
    Weigh,
    decide,
)
from kr8.supervisor.wire import PaceSpec, RunSpec, ServiceDesired, ShareSpec

RUN = RunSpec(argv=("serve",), cwd="/")
KEY = "shop.production.web"


def share(release: str, instances: int, traffic: int | None = None) -> ShareSpec:
    return ShareSpec(release, RUN, instances, traffic)


def desired(*shares: ShareSpec, surge: int = 1, unavailable: int = 0, restart: int = 0) -> ServiceDesired:
    return ServiceDesired(KEY, shares, "127.0.0.1:8000", PaceSpec(surge, unavailable), restart)


def serving(name: str, release: str, weight: int = 256) -> Member:
    return Member(name, release, 0, "ready", 0.0, weight, up=True)


def situation(wanted: ServiceDesired, *members: Member, now: float = 100.0) -> Situation:
    return Situation(wanted, members, now)


def test_nothing_is_there_so_it_starts_what_is_wanted() -> None:
    assert decide(situation(desired(share("a", 2)))) == (Start("a"), Start("a"))


def test_a_settled_service_is_left_alone() -> None:
    assert decide(situation(desired(share("a", 2)), serving("1", "a"), serving("2", "a"))) == ()


def test_rolling_starts_within_surge() -> None:
    old = tuple(serving(str(n), "a") for n in range(3))
    assert decide(situation(desired(share("b", 3)), *old)) == (Start("b"),)


def test_rolling_drains_an_old_one_when_a_new_one_serves() -> None:
    old = tuple(serving(str(n), "a") for n in range(3))
    assert decide(situation(desired(share("b", 3)), *old, serving("new", "b"))) == (Drain("0"),)


def test_a_new_one_that_is_not_weighed_yet_does_not_count_as_serving() -> None:
    members = (serving("0", "a"), serving("new", "b", weight=0))
    assert decide(situation(desired(share("b", 1)), *members)) == (Weigh("new", 256),)


def test_blue_green_switches_at_once_and_keeps_the_old_warm() -> None:
    members = (serving("1", "a"), serving("2", "a"), serving("3", "b", 0), serving("4", "b", 0))
    actions = decide(situation(desired(share("a", 2, 0), share("b", 2, 100)), *members))
    assert set(actions) == {Weigh("1", 0), Weigh("2", 0), Weigh("3", 256), Weigh("4", 256)}


def test_a_switch_waits_until_enough_of_the_new_ones_are_ready() -> None:
    starting = Member("4", "b", 0, "starting", 99.0)
    members = (serving("1", "a"), serving("2", "a"), serving("3", "b", 0), starting)
    actions = decide(situation(desired(share("a", 2, 0), share("b", 2, 100)), *members))
    assert actions == (Weigh("3", 256),)


def test_a_canary_gets_its_percent() -> None:
    members = (serving("1", "a"), serving("2", "a"), serving("3", "a"), serving("4", "b", 0))
    actions = decide(situation(desired(share("a", 3, 95), share("b", 1, 5)), *members))
    assert actions == (Weigh("4", 40),)
    assert round(100 * 40 / (3 * 256 + 40)) == 5


def test_a_draining_instance_that_is_wanted_again_is_put_back() -> None:
    draining = replace(serving("1", "a", 0), phase="draining", since=99.0, in_flight=3)
    actions = decide(situation(desired(share("a", 1)), draining))
    assert actions == (Restore("1"), Weigh("1", 256))


def test_a_drain_ends_when_nothing_is_in_flight_and_not_before() -> None:
    draining = replace(serving("1", "a", 0), phase="draining", since=99.0, in_flight=1)
    assert decide(situation(desired(), draining)) == ()
    assert decide(situation(desired(), replace(draining, in_flight=None))) == ()
    assert decide(situation(desired(), replace(draining, in_flight=0, weight=256, up=False))) == ()
    assert decide(situation(desired(), replace(draining, in_flight=0))) == (Stop("1"),)
    assert decide(situation(desired(), replace(draining, in_flight=0, since=100 - DRAIN_LEAST_S / 2))) == ()


def test_a_drain_ends_at_its_limit() -> None:
    draining = replace(serving("1", "a", 0), phase="draining", since=60.0, in_flight=1)
    assert decide(situation(desired(), draining)) == (Stop("1"),)


def test_what_does_not_stop_is_killed_after_its_grace() -> None:
    stopping = replace(serving("1", "a", 0), phase="stopping", since=95.0)
    assert decide(situation(desired(), stopping)) == ()
    assert decide(replace(situation(desired(), stopping), now=105.0)) == (Kill("1"),)


def test_a_release_in_backoff_is_not_started() -> None:
    waiting = replace(situation(desired(share("a", 1))), not_before={"a": 101.0})
    assert decide(waiting) == ()
    assert decide(replace(waiting, now=101.0)) == (Start("a"),)


def test_a_new_restart_number_replaces_instances_one_by_one() -> None:
    members = (serving("1", "a"), serving("2", "a"))
    assert decide(situation(desired(share("a", 2), restart=1), *members)) == (Start("a"),)


def test_a_service_that_is_gone_drains_everything() -> None:
    actions = decide(situation(desired(), serving("1", "a"), serving("2", "a")))
    assert {Drain("1"), Drain("2")} < set(actions)


def test_a_worker_is_stopped_without_a_drain() -> None:
    members = (serving("1", "a"), serving("2", "b"))
    assert decide(replace(situation(desired(share("b", 1)), *members), proxied=False)) == (Stop("1"),)


def test_a_failing_new_release_leaves_the_serving_ones_alone() -> None:
    down = Member("3", "b", 0, "ready", 90.0, 256, up=False)
    members = (serving("1", "a"), serving("2", "a"), down)
    assert decide(situation(desired(share("b", 2)), *members)) == ()


@dataclass
class World:
    """Obeys the decision, and lets instances get ready, fail and end as the test says."""

    wanted: ServiceDesired
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    now: float = 100.0
    made: int = 0

    def act(self, action: Action) -> None:
        if isinstance(action, Start):
            self.made += 1
            name = f"i{self.made}"
            self.members[name] = Member(name, action.release, self.wanted.generation_of_restart, "starting", self.now)
            return
        member = self.members[action.id]
        if isinstance(action, Weigh):
            self.members[action.id] = replace(member, weight=action.weight)
        elif isinstance(action, Drain):
            self.members[action.id] = replace(member, phase="draining", since=self.now, weight=0)
        elif isinstance(action, Restore):
            self.members[action.id] = replace(member, phase="ready", since=self.now)
        elif isinstance(action, Stop):
            self.members[action.id] = replace(member, phase="stopping", since=self.now, weight=0)
        else:
            del self.members[action.id]

    def step(self) -> None:
        self.now += 0.5
        for action in decide(Situation(self.wanted, tuple(self.members.values()), self.now)):
            self.act(action)

    def happen(self, event: int) -> None:
        """Something happens to one instance."""
        names = sorted(self.members)
        if not names:
            return
        name = names[event % len(names)]
        member = self.members[name]
        if member.phase == "starting":
            self.members[name] = replace(member, phase="ready", up=True, since=self.now)
        elif member.phase == "stopping":
            del self.members[name]

    def serving(self) -> int:
        return sum(m.phase == "ready" and m.up and m.weight > 0 for m in self.members.values())

    def running(self) -> int:
        return sum(m.phase in ("starting", "ready") for m in self.members.values())


@st.composite
def wishes(draw: st.DrawFn) -> ServiceDesired:
    surge = draw(st.integers(0, 3))
    pace = PaceSpec(surge, draw(st.integers(0 if surge else 1, 2)), 5.0)
    names = draw(st.lists(st.sampled_from("abc"), unique=True, max_size=3))
    counts = [draw(st.integers(0, 4)) for _ in names]
    percents = draw(st.sampled_from(((None,) * 3, (100, 0, 0), (95, 5, 0), (50, 30, 20), (None, 10, 0))))
    shares = tuple(share(n, c, p) for n, c, p in zip(names, counts, percents, strict=False))
    return ServiceDesired(KEY, shares, "127.0.0.1:8000", pace, draw(st.integers(0, 1)))


def need(wanted: ServiceDesired) -> int:
    return sum(s.instances for s in wanted.shares if s.traffic != 0) - wanted.pace.unavailable


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(wishes(), st.lists(st.integers(0, 9), max_size=40)), min_size=1, max_size=5))
def test_never_too_few_serve_and_never_too_many_run(history: list[tuple[ServiceDesired, list[int]]]) -> None:
    world = World(ServiceDesired(KEY, ()))
    for wanted, events in history:
        world.wanted = wanted
        most = max(world.running(), sum(s.instances for s in wanted.shares) + wanted.pace.surge)
        for event in events:
            before = world.serving()
            restored = sum(m.phase == "draining" for m in world.members.values())
            world.step()
            assert world.serving() >= min(before, need(wanted))
            assert world.running() <= most + restored
            most = max(most, world.running()) if restored else most
            world.happen(event)


@settings(max_examples=100, deadline=None)
@given(wishes(), wishes())
def test_it_converges_from_anything_to_anything(first: ServiceDesired, second: ServiceDesired) -> None:
    world = World(first)
    for wanted in (first, second):
        world.wanted = wanted
        for _ in range(80):
            world.step()
            for event in range(len(world.members)):
                world.happen(event)
        counts = {s.release: s.instances for s in wanted.shares if s.instances}
        assert all(m.phase == "ready" for m in world.members.values())
        assert counts == {r: sum(m.release == r for m in world.members.values()) for r in counts}
        assert len(world.members) == sum(counts.values())
        for s in wanted.shares:
            weights = [m.weight for m in world.members.values() if m.release == s.release]
            assert all((weight > 0) == (s.traffic != 0) for weight in weights) or (s.traffic is None)
