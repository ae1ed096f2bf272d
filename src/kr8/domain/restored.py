"""What becomes of a deployment in a store that was restored from a backup: time has gone on without it."""

from __future__ import annotations

from datetime import datetime

from kr8.domain.deployment import ACTIVE, Deployment, Event, State
from kr8.domain.problem import Problem, refuse

_ENDS = {
    State.PLANNING: Event.ERROR,
    State.PLANNED: Event.EXPIRED,
    State.AWAITING_APPROVAL: Event.EXPIRED,
    State.QUEUED: Event.CANCEL,
}
"""How what waited ends."""
_PROMOTED: dict[State, tuple[Event, ...]] = {
    State.RUNNING: (Event.BAKED,),
    State.PROMOTED: (),
    State.RETURNING: (Event.GOT_STUCK, Event.ACCEPT),
    State.STUCK: (Event.ACCEPT,),
}
_STUCK: dict[State, tuple[Event, ...]] = {
    State.RUNNING: (Event.GOT_STUCK, Event.GOT_STUCK),
    State.RETURNING: (Event.GOT_STUCK,),
}
_RETURNING: dict[State, tuple[Event, ...]] = {
    State.RUNNING: (Event.GO_BACK,),
    State.STUCK: (Event.RETURN,),
}


def restored(found: Deployment, epoch: int, made_at: datetime | None, now: datetime) -> Deployment:
    """A deployment of a backup that is restored: what waited has ended, what was under way is for its target to say.

    `epoch`: that of the lease that it held in the backup, 0 where it held none. `made_at`: when the backup was made.
    """
    problem = _problem(found, made_at)
    if found.state in _ENDS:
        return found.after(_ENDS[found.state], ended_at=now, problem=problem)
    if found.state not in ACTIVE:
        return found
    why = found.problem if found.problem is not None or found.state is State.PROMOTED else problem
    return found.model_copy(update={"epoch_in_backup": epoch, "taken_over": True, "problem": why})


def as_its_target_stands(
    found: Deployment, generation: int | None, epoch: int, made: int | None, now: datetime
) -> Deployment:
    """A deployment that was under way in a restored backup, in the state that its target shows.

    `generation`, `epoch`: what the target stands on, and the highest epoch that it has seen. `made`: the generation
    that the deployment is known to have made. As long as nobody took the environment after it, it goes on from there:
    promoted, or back. Else it has ended long since, and must touch nothing any more.
    """
    assert found.plan is not None and found.epoch_in_backup is not None
    alone, stands, began = epoch <= found.epoch_in_backup, generation or 0, found.plan.generation
    if made is not None:
        promoted = _through(found, _PROMOTED).model_copy(update={"generation": made, "problem": None})
        return promoted if alone and stands in (began, made) else promoted.after(Event.OLD_REMOVED, ended_at=now)
    if alone and stands == began:
        return found
    first = all(service.replaces is None for service in found.plan.services)
    event = Event.NO_BASELINE if first else Event.BASELINE_AFTER_FAILURE
    return _through(found, _RETURNING).after(event, ended_at=now)


def out_of_sight(found: Deployment, problem: Problem) -> Deployment:
    """A deployment that was under way in a restored backup, and whose target does not answer: a person chooses."""
    if found.state not in _STUCK:
        return found
    return _through(found, _STUCK).model_copy(update={"problem": problem})


def _through(found: Deployment, ways: dict[State, tuple[Event, ...]]) -> Deployment:
    for event in ways.get(found.state, ()):
        found = found.after(event)
    return found


def _problem(found: Deployment, made_at: datetime | None) -> Problem:
    when = made_at.isoformat(timespec="seconds") if made_at is not None else "a time that it does not tell"
    return refuse(
        "restored",
        f"The store was restored from a backup made at {when}, in which this deployment was {found.state}.",
        why="It may have gone on after that, or been meant for then alone: nothing goes on by itself after a restore.",
        mend="Look at what serves, kr8 status, and plan again what is still wanted.",
    ).problem
