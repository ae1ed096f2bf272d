"""What is new in a deployment since it was looked at last."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kr8.surfaces.cli.deployment import ENDED, Deployment, Gate, Stage
from kr8.surfaces.cli.line import Line, Tone, fenced
from kr8.surfaces.cli.problem import Problem
from kr8.surfaces.cli.render.evidence import evidence_lines
from kr8.surfaces.cli.render.plan import lines as plan_lines
from kr8.surfaces.cli.render.problem import problem_lines

TONES = {
    "succeeded": Tone.GOOD,
    "promoted": Tone.GOOD,
    "failed": Tone.BAD,
    "rolled_back": Tone.BAD,
    "stuck": Tone.BAD,
    "returning": Tone.WARNING,
    "cancelled": Tone.WARNING,
    "stale": Tone.WARNING,
    "superseded": Tone.WARNING,
    "awaiting_approval": Tone.WARNING,
}
VERDICTS = {"go": Tone.GOOD, "back": Tone.BAD, "wait": Tone.DIM}
SENTENCES = {
    "planning": "planning",
    "planned": "planned",
    "awaiting_approval": "waits for an approval",
    "queued": "queued",
    "running": "running",
    "promoted": "promoted: this is what the environment serves now; what is old is being removed",
    "returning": "going back to what served before",
    "succeeded": "succeeded",
    "failed": "failed: nothing was served before, so there is nothing to go back to",
    "rolled_back": "rolled back: the environment serves what it served before",
    "cancelled": "cancelled",
    "stale": "stale: the environment has moved on since the plan was made; plan again",
    "superseded": "superseded: a newer change of this environment took its place",
    "stuck": "stuck: it can go neither on nor back, and the environment is frozen until a person decides",
}

PROMOTED = {
    "scale": "scaled: as many instances serve as were asked for, from now on",
    "restart": "restarted: new instances of the same release serve; the old ones are being removed",
    "down": "taken down: the environment serves nothing from now on; what ran is being removed",
}
"""The sentence for what is promoted, where no other release is."""


def news(before: Deployment | None, after: Deployment) -> Iterator[Line]:
    """The lines that say what has changed; none where nothing has."""
    moved = before is None or before.state != after.state
    if after.planned and not (before and before.planned):
        yield from plan_lines(after.value)
    if moved and after.state == "running":
        yield _state(after)
    old = {(stage.service, stage.name): stage for stage in before.stages} if before else {}
    for stage in after.stages:
        yield from stage_lines(old.get((stage.service, stage.name)), stage)
    if after.waits_for and (before is None or before.waits_for != after.waits_for):
        yield Line(f"  waits for {after.waits_for}", Tone.DIM)
    if moved and after.state != "running":
        yield _state(after)
        if after.state in ENDED or after.state == "stuck":
            yield from ending(after)


def _state(deployment: Deployment) -> Line:
    return Line(sentence(deployment), TONES.get(deployment.state, Tone.PLAIN))


def sentence(deployment: Deployment) -> str:
    """One sentence for a state."""
    if deployment.state == "failed" and not deployment.stages:
        return "failed: nothing was started"
    if deployment.state == "promoted" and deployment.kind in PROMOTED:
        return PROMOTED[deployment.kind]
    return SENTENCES.get(deployment.state, deployment.state)


def ending(deployment: Deployment) -> Iterator[Line]:
    """The ledger, why it did not succeed, and what was kept of what failed."""
    for counted in deployment.ledger:
        yield Line(f"  {counted}", Tone.STRONG)
    kept = deployment.value.get("evidence") or ()
    for evidence in kept:
        yield from evidence_lines(evidence)
    for service in deployment.value.get("evidence_pruned") or ():
        yield Line(f"  evidence of {service}: pruned, there were newer failures", Tone.DIM)
    if deployment.problem is not None:
        yield from problem_lines(_left_to_say(deployment.problem, kept))


def _left_to_say(problem: Problem, kept: Sequence[Mapping[str, Any]]) -> Problem:
    """The problem without what stands above it: the program's last words, and that it was begun and is undone."""
    said = ("untrusted_answers", "untrusted_lines")
    shown = {line for evidence in kept for name in said for line in evidence[name]}
    output = () if shown.issuperset(problem.output) else problem.output
    return replace(problem, output=output, outcome="" if problem.outcome == "done" else problem.outcome)


def stage_lines(before: Stage | None, after: Stage) -> Iterator[Line]:
    """What is new in one stage."""
    label = f"  {after.service}: {after.name}"
    if before is None:
        yield Line(label)
    said = {gate.gate: gate for gate in before.gates} if before else {}
    for gate in after.gates:
        # A waiting gate says something else each time it is asked; only its first word is news.
        if said.get(gate.gate) is None or said[gate.gate].verdict != gate.verdict:
            yield _gate(gate)
            yield from fenced([gate.untrusted] if gate.untrusted else [])
    if after.result != "running" and (before is None or before.result != after.result):
        yield Line(f"{label}: {after.result}", Tone.GOOD if after.result == "done" else Tone.BAD)


def _gate(gate: Gate) -> Line:
    why = f": {gate.why}" if gate.why else ""
    return Line(f"    gate {gate.gate}: {gate.verdict}{why}", VERDICTS.get(gate.verdict, Tone.PLAIN))
