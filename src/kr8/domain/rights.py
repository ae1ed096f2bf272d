"""Who may do what: one table, of how an operation reaches an environment and of who asks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from kr8.domain.caller import Audience, Caller, Surface


class Reach(StrEnum):
    """How an operation reaches what environments serve."""

    NOTHING = "nothing"
    """It only reads, or touches no environment that there is."""
    PLAN = "by plan"
    """It makes or runs a plan, which waits for people where the environment asks for that."""
    BACK = "back"
    """It brings back what was promoted there before."""
    AT_ONCE = "at once"
    """It changes something itself: there is no plan that a person could approve."""
    APPROVERS = "approvers"
    """It changes who may approve."""
    DECISION = "decision"
    """It is a person's decision about a plan, and carries the signature over that plan with it."""


class Asker(StrEnum):
    """Who asks, as far as that is proved."""

    AWAY = "over MCP or TCP"
    """Whoever reaches those: every program and service of this machine."""
    LOCAL = "command line"
    """Whoever opens the command line's socket: it may be an agent with a shell."""
    PERSON = "command line, signed"
    """An approver who has signed this very request."""


class Right(StrEnum):
    """What somebody may do."""

    ALLOWED = "yes"
    APPROVAL = "approval"
    """Its plan waits until people have approved it."""
    SIGNATURE = "signature"
    """An approver signs the request; nobody else may."""
    OWN_SIGNATURE = "its own signature"
    """It carries an approver's signature with it."""
    REFUSED = "no"


PROTECTED: Mapping[Reach, Right] = {
    Reach.NOTHING: Right.ALLOWED,
    Reach.PLAN: Right.APPROVAL,
    Reach.BACK: Right.ALLOWED,
    Reach.AT_ONCE: Right.SIGNATURE,
    Reach.APPROVERS: Right.SIGNATURE,
    Reach.DECISION: Right.OWN_SIGNATURE,
}
"""What is asked of the command line where an environment asks for approvals, or once there is an approver."""


def asker_of(caller: Caller) -> Asker:
    """What is proved of a caller."""
    if caller.surface in (Surface.MCP, Surface.HTTP):
        return Asker.AWAY
    return Asker.PERSON if caller.proved else Asker.LOCAL


def right_of(audience: Audience, reach: Reach, asker: Asker, *, protected: bool) -> Right:
    """What somebody may do with an operation.

    `protected`: the environment asks for approvals; of the list of approvers: somebody is on it.
    """
    if audience is Audience.PEOPLE and asker is Asker.AWAY:
        return Right.REFUSED
    right = PROTECTED[reach] if protected else Right.ALLOWED
    if right is not Right.SIGNATURE:
        return right
    return {Asker.AWAY: Right.REFUSED, Asker.LOCAL: Right.SIGNATURE, Asker.PERSON: Right.ALLOWED}[asker]


def needs_approval(reach: Reach, *, protected: bool) -> bool:
    """Whether a plan waits for people, whoever asked for it."""
    return protected and PROTECTED[reach] is Right.APPROVAL
