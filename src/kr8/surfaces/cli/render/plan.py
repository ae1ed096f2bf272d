"""A plan for who decides on it: what changes, what was found, how far it reaches, who must approve."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone

TONES = {"critical": Tone.BAD, "high": Tone.BAD, "medium": Tone.WARNING}


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """The lines of a deployment's plan; none where it has none yet."""
    if not value.get("touches"):
        return
    yield Line(f"plan {value['id']}: {value['kind']} {value['environment']}", Tone.STRONG)
    for change in value.get("changes") or ():
        yield Line(f"  {change_text(change)}")
    if not value.get("changes"):
        yield Line("  nothing changes", Tone.DIM)
    for finding in value.get("findings") or ():
        yield from finding_lines(finding)
    yield Line(f"touches: {value['touches']}", Tone.STRONG)
    yield Line(f"undone by: {value['undone_by']}", Tone.STRONG)
    if value.get("approval_required"):
        yield approval_line(value["approval_required"])


def change_text(change: Mapping[str, Any]) -> str:
    """What happens to one service, in a line."""
    if change["release"] is None:
        return f"{change['service']}: {change.get('replaces') or 'what runs'} is stopped and removed"
    instances = change["instances"]
    to = f"{change['version']}, {instances} instance{'' if instances == 1 else 's'}"
    command = change.get("untrusted_runs_before")
    before = f"; runs first: {' '.join(command)}" if command else ""
    return f"{change['service']}: {change.get('replaces') or 'nothing'} → {to}{before}"


def approval_line(approval: Mapping[str, Any]) -> Line:
    """Who must still say yes, until when."""
    people, given = approval["people"], approval["given"]
    return Line(f"approval: {given} of {people} given, until {approval['until']}", Tone.WARNING)


def finding_lines(finding: Mapping[str, Any]) -> Iterator[Line]:
    """What a validator says."""
    places = [each for each in (finding.get("place"), *finding.get("untrusted_places", ())) if each]
    place = f" at {', '.join(places)}" if places else ""
    severity = str(finding["severity"])
    yield Line(f"  {severity}: {finding['rule']}{place}: {finding['what']}", TONES.get(severity, Tone.PLAIN))
    for label, name in (("why", "why"), ("next", "mend")):
        if finding.get(name):
            yield Line(f"    {label}: {finding[name]}")
