"""A newer deployment takes the place of the one that waits."""

import pytest
from tests.support.values import NOW, deployment

from kr8.domain.deployment import Event, NotAllowed, State
from kr8.domain.queue import superseded


def test_what_waited_is_told_by_what_it_was_superseded() -> None:
    waiting, newer = (deployment(name).after(Event.RUN, queued_at=NOW) for name in ("dep_1", "dep_2"))
    gone = superseded(waiting, newer)
    assert (gone.state, gone.ended_at) == (State.SUPERSEDED, NOW)
    assert gone.problem is not None
    assert "dep_2" in gone.problem.what


def test_what_does_not_wait_is_not_superseded() -> None:
    with pytest.raises(NotAllowed):
        superseded(deployment("dep_1", State.RUNNING), deployment("dep_2", State.QUEUED))
