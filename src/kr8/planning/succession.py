"""Whether a plan goes back to what an environment has left behind."""

from __future__ import annotations

from kr8.domain.finding import Finding, Severity


def older_than(served: str, commit: str, environment: str) -> Finding:
    """What a plan says that puts a commit in the place of one that was made of it."""
    return Finding(
        rule="older_than_promoted",
        severity=Severity.MEDIUM,
        what=f"{commit[:12]} is older than {served[:12]}, which {environment} serves.",
        why="What was committed between them is taken back.",
        mend=f"Deploy the newer one. Where it is meant to go back, kr8 rollback {environment} needs no build.",
    )
