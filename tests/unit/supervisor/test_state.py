"""The state: fences, baselines, and a file that is written whole or not at all."""

from pathlib import Path

import pytest

from kr8.supervisor.refused import RefusedError
from kr8.supervisor.state import BASELINES, Baseline, State, returned, with_desired, with_epoch, with_promoted
from kr8.supervisor.store import Store
from kr8.supervisor.wire import RunSpec, ServiceDesired, ShareSpec

ENVIRONMENT = "shop.production"
KEY = f"{ENVIRONMENT}.web"


def desired(release: str, key: str = KEY) -> ServiceDesired:
    return ServiceDesired(key, (ShareSpec(release, RunSpec(("serve",), "/"), 1),))


def promoted(*releases: str) -> State:
    state = with_desired(State(), desired("broken"))
    for generation, release in enumerate(releases, 1):
        baseline = Baseline(generation, release, {KEY: desired(release)})
        state = with_promoted(state, ENVIRONMENT, generation, baseline)
    return state


def test_return_to_current_raises_the_epoch() -> None:
    made = returned(promoted("a", "b"), ENVIRONMENT, "current")
    assert made is not None
    assert made[1].label == "b"
    assert made[0].epoch(ENVIRONMENT) == 3
    assert made[0].services[KEY].desired == desired("b")


def test_return_to_previous_goes_further_back_each_time() -> None:
    first = returned(promoted("a", "b", "c"), ENVIRONMENT, "previous")
    assert first is not None
    assert first[1].label == "b"
    second = returned(first[0], ENVIRONMENT, "previous")
    assert second is not None
    assert second[1].label == "a"
    assert returned(second[0], ENVIRONMENT, "previous") is None


def test_return_removes_services_that_the_baseline_did_not_have() -> None:
    other = f"{ENVIRONMENT}.api"
    made = returned(with_desired(promoted("a"), desired("x", other)), ENVIRONMENT, "current")
    assert made is not None
    assert made[0].services[other].desired.shares == ()


def test_other_environments_are_left_alone() -> None:
    other = "shop.staging.web"
    made = returned(with_desired(promoted("a"), desired("x", other)), ENVIRONMENT, "current")
    assert made is not None
    assert made[0].services[other].desired == desired("x", other)


def test_nothing_promoted_is_nothing_to_return_to() -> None:
    assert returned(State(), ENVIRONMENT, "current") is None


def test_baselines_are_bounded_and_said_again_replaced() -> None:
    state = promoted(*(f"r{n}" for n in range(BASELINES + 5)))
    assert len(state.environments[ENVIRONMENT].promoted) == BASELINES
    again = with_promoted(state, ENVIRONMENT, 99, Baseline(BASELINES + 5, "again", {}))
    assert [b.label for b in again.environments[ENVIRONMENT].promoted][-2:] == [f"r{BASELINES + 3}", "again"]


def test_what_is_committed_is_read_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.json")
    store.commit(promoted("a", "b"))
    assert Store(tmp_path / "state.json").state == promoted("a", "b")


def test_a_refused_write_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.json")
    store.commit(promoted("a"))
    (tmp_path / "state.new").mkdir()
    with pytest.raises(RefusedError) as refused:
        store.commit(promoted("b"))
    assert refused.value.status == 507
    assert store.state == promoted("a")
    assert Store(tmp_path / "state.json").state == promoted("a")


def test_what_must_happen_is_kept_in_memory_and_written_later(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.json")
    (tmp_path / "state.new").mkdir()
    assert not store.keep(promoted("a"))
    assert store.state == promoted("a")
    (tmp_path / "state.new").rmdir()
    assert store.keep(store.state)
    assert Store(tmp_path / "state.json").state == promoted("a")


def test_an_epoch_is_of_one_environment() -> None:
    state = with_epoch(State(), ENVIRONMENT, 7)
    assert (state.epoch(ENVIRONMENT), state.epoch("shop.staging")) == (7, 0)
