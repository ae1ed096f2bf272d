"""A deployment as the command line reads it from an answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kr8.surfaces.cli.problem import Problem, parse_problem

SUCCEEDED = "succeeded"
ENDED = frozenset({"succeeded", "failed", "rolled_back", "cancelled", "stale", "superseded"})
WAITS_FOR_A_PERSON = frozenset({"awaiting_approval", "stuck"})


@dataclass(frozen=True)
class Gate:
    """What a gate said last."""

    gate: str
    verdict: str
    why: str
    untrusted: str = ""


@dataclass(frozen=True)
class Stage:
    """One stage, as it goes."""

    service: str
    name: str
    result: str
    gates: tuple[Gate, ...]


@dataclass(frozen=True)
class Deployment:
    """What the flows need of a deployment; `value` has all of it."""

    id: str
    state: str
    kind: str = "deploy"
    environment: str = ""
    digest: str | None = None
    waits_for: str | None = None
    stages: tuple[Stage, ...] = ()
    ledger: tuple[str, ...] = ()
    replaced_by: str | None = None
    problem: Problem | None = None
    value: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False)

    @property
    def planned(self) -> bool:
        """Whether it has a plan to show."""
        return self.digest is not None

    @property
    def settled(self) -> bool:
        """Whether it goes no further by itself."""
        return self.state in ENDED | WAITS_FOR_A_PERSON and self.replaced_by is None


def parse_deployment(value: Mapping[str, Any]) -> Deployment:
    """A deployment from its JSON."""
    problem = value.get("problem")
    return Deployment(
        id=str(value["id"]),
        state=str(value["state"]),
        kind=str(value.get("kind", "deploy")),
        environment=str(value.get("environment", "")),
        digest=value.get("digest"),
        waits_for=value.get("waits_for"),
        stages=tuple(_stage(stage) for stage in value.get("stages") or ()),
        ledger=tuple(value.get("ledger") or ()),
        replaced_by=value.get("replaced_by"),
        problem=parse_problem(problem) if problem else None,
        value=value,
    )


def _stage(value: Mapping[str, Any]) -> Stage:
    gates = tuple(
        Gate(each["gate"], each["verdict"], each.get("why", ""), each.get("untrusted", ""))
        for each in value.get("gates") or ()
    )
    return Stage(value["service"], value["name"], value.get("result", "running"), gates)
