"""What becomes of a deployment in a store that was restored from a backup."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.values import NOW, deployment, plan, release

from kr8.domain.deployment import ACTIVE, ENDED, Deployment, State
from kr8.domain.plan import ServicePlan
from kr8.domain.problem import refuse
from kr8.domain.restored import as_its_target_stands, out_of_sight, restored

MADE = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
EPOCH = 7
"""What it held in the backup."""
BEGAN = 4
"""The generation that its plan starts from."""


def under_way(state: State, *, first: bool = False) -> Deployment:
    """A deployment that the backup had in a state, as the restore leaves it."""
    service = ServicePlan(service="web", release=release("b"), replaces=None if first else release("a"), instances=1)
    made = plan(0 if first else BEGAN).model_copy(update={"services": (service,)})
    return restored(deployment("dep_1", state).model_copy(update={"plan": made}), EPOCH, MADE, LATER)


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (State.PLANNING, State.FAILED),
        (State.PLANNED, State.STALE),
        (State.AWAITING_APPROVAL, State.STALE),
        (State.QUEUED, State.CANCELLED),
    ],
)
def test_what_waited_has_ended_and_says_which_backup_it_was_in(state: State, after: State) -> None:
    found = restored(deployment("dep_1", state), 0, MADE, LATER)
    assert (found.state, found.ended_at) == (after, LATER)
    assert found.problem is not None and found.problem.code == "restored"
    assert "2026-02-03T04:05:00+00:00" in found.problem.what and str(state) in found.problem.what


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_what_was_under_way_is_left_for_its_target_to_decide(state: State) -> None:
    found = under_way(state)
    assert (found.state, found.epoch_in_backup, found.taken_over) == (state, EPOCH, True)
    assert (found.problem is None) == (state is State.PROMOTED), "what succeeds has no problem"


@pytest.mark.parametrize("state", sorted(ENDED))
def test_what_had_ended_stays_as_it_was(state: State) -> None:
    assert restored(deployment("dep_1", state), 0, MADE, LATER) == deployment("dep_1", state)


@pytest.mark.parametrize(
    ("state", "stands", "epoch", "made", "after"),
    [
        # Nobody took the environment after it: from where the target stands it goes on.
        (State.RUNNING, BEGAN, EPOCH, None, State.RUNNING),
        (State.RETURNING, BEGAN, EPOCH, None, State.RETURNING),
        (State.STUCK, BEGAN, EPOCH, None, State.STUCK),
        (State.RUNNING, BEGAN + 1, EPOCH, BEGAN + 1, State.PROMOTED),
        (State.RETURNING, BEGAN + 1, EPOCH, BEGAN + 1, State.PROMOTED),
        (State.STUCK, BEGAN + 1, EPOCH, BEGAN + 1, State.PROMOTED),
        (State.PROMOTED, BEGAN + 1, EPOCH, BEGAN + 1, State.PROMOTED),
        (State.PROMOTED, BEGAN, EPOCH, BEGAN + 1, State.PROMOTED),  # the target is yet to be told
        # Somebody did: it touches nothing any more.
        (State.RUNNING, BEGAN, EPOCH + 1, None, State.ROLLED_BACK),
        (State.RETURNING, BEGAN, EPOCH + 2, None, State.ROLLED_BACK),
        (State.STUCK, BEGAN, EPOCH + 1, None, State.ROLLED_BACK),
        (State.RUNNING, BEGAN + 1, EPOCH + 1, None, State.ROLLED_BACK),
        (State.RUNNING, BEGAN + 1, EPOCH + 1, BEGAN + 1, State.SUCCEEDED),
        (State.STUCK, BEGAN + 3, EPOCH + 5, BEGAN + 1, State.SUCCEEDED),
        (State.PROMOTED, BEGAN, EPOCH + 1, BEGAN + 1, State.SUCCEEDED),  # and was returned without the daemon
        (State.PROMOTED, BEGAN + 2, EPOCH + 1, BEGAN + 1, State.SUCCEEDED),
        # The target has never heard of the environment, or of another time: a new machine.
        (State.RUNNING, None, 0, None, State.ROLLED_BACK),
        (State.STUCK, None, 0, None, State.ROLLED_BACK),
        (State.PROMOTED, None, 0, BEGAN + 1, State.SUCCEEDED),
        (State.RUNNING, BEGAN - 1, EPOCH, None, State.ROLLED_BACK),
    ],
)
def test_what_was_under_way_becomes_what_its_target_shows(
    state: State, stands: int | None, epoch: int, made: int | None, after: State
) -> None:
    found = as_its_target_stands(under_way(state), stands, epoch, made, LATER)
    assert found.state is after
    assert (found.ended_at == LATER) == (after in ENDED)
    assert found.generation == made
    assert made is None or found.problem is None


def test_a_first_deployment_that_is_not_there_any_more_has_failed() -> None:
    assert as_its_target_stands(under_way(State.RUNNING, first=True), 1, EPOCH + 1, None, LATER).state is State.FAILED
    assert as_its_target_stands(under_way(State.RUNNING, first=True), None, EPOCH, None, LATER).state is State.RUNNING


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_a_person_chooses_where_the_target_does_not_answer(state: State) -> None:
    problem = refuse("target_unreachable", "The target does not answer.").problem
    found = out_of_sight(under_way(state), problem)
    assert found.state is (State.PROMOTED if state is State.PROMOTED else State.STUCK)
