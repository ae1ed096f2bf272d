"""The course of a deployment for one service: desired states, and the gates between them."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Literal

from kr8.domain.model import Duration, Model
from kr8.domain.project import Objectives
from kr8.domain.target import Answer, Desired, Observed, ReleaseCounters


class Stage(Model):
    """One step: what is desired, and the gates that must hold before the next."""

    name: str
    desired: Desired
    gates: tuple[str, ...] = ()
    watch: Duration = timedelta(0)
    """How long the gates must hold."""
    min_requests: int = 0
    """How many requests the new release must have answered before it can be judged."""
    inconclusive: Literal["hold", "back"] = "hold"
    whole: bool = False
    """Whether the new release takes all traffic here: then nobody else may answer."""


class Course(Model):
    """All stages of one service, the state it goes back to, and what is left to do after promotion."""

    forward: tuple[Stage, ...]
    back: Desired
    finish: Desired


class Call(StrEnum):
    """What a gate says."""

    GO = "go"
    WAIT = "wait"
    BACK = "back"


class Verdict(Model):
    """A gate's word and its reason, with the numbers that led to it."""

    call: Call
    why: str
    """In the gate's own words."""
    untrusted: str = ""
    """Words from outside that led to it: a header's value, say."""


class Reading(Model):
    """All that a gate may look at, of one service in one stage."""

    release: str
    version: str
    """What the release must say it is."""
    counters: ReleaseCounters
    """Of the new release, since the stage began."""
    observed: Observed
    through: Answer | None = None
    """The last answer through the traffic path."""
    metrics: Answer | None = None
    """The last answer of the release's metrics path; None: it has none to ask."""
    elapsed: float = 0.0
    """Seconds since the stage's desired state was reached."""
    slo: Objectives = Objectives()
    stage: Stage

    def inconclusive(self, why: str) -> Verdict:
        """What a gate says that needs more traffic: wait; after the watch is over, back where the strategy says so."""
        over = self.elapsed >= self.stage.watch.total_seconds()
        if over and self.stage.inconclusive == "back":
            return Verdict(call=Call.BACK, why=f"inconclusive: {why}")
        held = ", held until more come or somebody cancels" if over else ""
        return Verdict(call=Call.WAIT, why=f"{why}{held}")
