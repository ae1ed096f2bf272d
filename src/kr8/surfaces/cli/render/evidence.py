"""What is kept of a release that failed."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone, fenced


def evidence_lines(evidence: Mapping[str, Any]) -> Iterator[Line]:
    """How it failed, what it answered and printed; the latter is fenced as the program's own words."""
    yield Line(f"evidence: {evidence['service']}, release {evidence['release']}", Tone.STRONG)
    counted = f"{evidence['errors']:,} of {evidence['requests']:,} requests failed" if evidence["requests"] else None
    facts = {"failure": evidence["failure"], "exit": evidence["exit"], "counted": counted}
    yield from (Line(f"  {name}: {fact}") for name, fact in facts.items() if fact)
    if evidence.get("memory_bytes"):
        yield Line(f"  memory: {evidence['memory_bytes'] / 2**20:.0f} MB")
    yield from _fenced("health answers", evidence["untrusted_answers"])
    yield from _fenced("output of the program, its last lines", evidence["untrusted_lines"])


def _fenced(what: str, texts: list[str]) -> Iterator[Line]:
    if texts:
        yield Line(f"  {what}:", Tone.DIM)
        yield from fenced(texts)
