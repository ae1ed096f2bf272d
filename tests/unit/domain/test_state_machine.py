"""DESIGN §6's table: each arrow, and no other."""

from __future__ import annotations

import pytest

from kr8.domain.deployment import ACTIVE, ENDED, Event, NotAllowed, State, advance

ARROWS = """
planning          plan_made               planned
planning          plan_needs_approval     awaiting_approval
planning          error                   failed
planning          cancel                  cancelled
planned           run                     queued
planned           cancel                  cancelled
planned           expired                 stale
planned           generation_moved        stale
awaiting_approval approved                queued
awaiting_approval denied                  cancelled
awaiting_approval cancel                  cancelled
awaiting_approval expired                 stale
awaiting_approval generation_moved        stale
queued            started                 running
queued            generation_moved        stale
queued            supersede               superseded
queued            cancel                  cancelled
queued            error                   failed
running           go_back                 returning
running           cancel                  returning
running           got_stuck               returning
running           fenced                  superseded
running           baked                   promoted
promoted          old_removed             succeeded
promoted          removal_stuck           succeeded
returning         baseline_after_failure  rolled_back
returning         baseline_after_cancel   cancelled
returning         no_baseline             failed
returning         got_stuck               stuck
returning         fenced                  superseded
stuck             retry                   returning
stuck             return                  returning
stuck             accept                  promoted
"""
TABLE = {(State(a), Event(b)): State(c) for a, b, c in (line.split() for line in ARROWS.split("\n") if line)}


@pytest.mark.parametrize(("state", "event"), [(state, event) for state in State for event in Event])
def test_every_pair_of_state_and_event_is_an_arrow_or_refused(state: State, event: Event) -> None:
    if (state, event) in TABLE:
        assert advance(state, event) is TABLE[state, event]
    else:
        with pytest.raises(NotAllowed, match=f"{state} cannot take {event}"):
            advance(state, event)


def test_nothing_leaves_an_ended_state_and_every_other_one_can_be_left() -> None:
    assert {state for state, _ in TABLE} == set(State) - ENDED
    assert not ACTIVE & ENDED


def test_every_state_is_reached_from_planning() -> None:
    reached = {State.PLANNING}
    for _ in State:
        reached |= {after for (before, _), after in TABLE.items() if before in reached}
    assert reached == set(State)
