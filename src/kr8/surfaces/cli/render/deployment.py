"""A deployment: its plan, how far it is, how it went."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.deployment import parse_deployment
from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.render.plan import lines as plan_lines
from kr8.surfaces.cli.render.progress import TONES, ending, sentence, stage_lines


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """All that an answer has of a deployment."""
    deployment = parse_deployment(value)
    yield Line(f"{deployment.id}: {sentence(deployment)}", TONES.get(deployment.state, Tone.PLAIN))
    yield Line(f"  {deployment.kind} {deployment.environment}, asked for by {value['requested_by']}")
    for name in ("commit", "digest", "running_since", "ended_at", "waits_for", "generation", "replaced_by"):
        if value.get(name) is not None:
            yield Line(f"  {name.replace('_', ' ')}: {value[name]}")
    if value.get("untrusted_reason"):
        yield Line(f"  reason given: {value['untrusted_reason']}")
    yield from plan_lines(value)
    for stage in deployment.stages:
        yield from stage_lines(None, stage)
    yield from ending(deployment)
