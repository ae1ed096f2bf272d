"""What comments in the code keep a tool from telling (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from kr8.domain.finding import Finding, Severity


def told_as_one(tool: str, suppressed: Sequence[str], link: str) -> Finding:
    """That a tool's comments suppress these, each with its rule, place and reason: nobody else would say so."""
    many = "1 finding is" if len(suppressed) == 1 else f"{len(suppressed)} findings are"
    return Finding(
        rule=f"{tool}/suppressed",
        severity=Severity.INFO,
        what=f"{many} suppressed by comments of {tool}.",
        why="; ".join(suppressed)[:1000],
        mend="Read the comments where that matters: they have no owner and no last day, as a waiver has.",
        link=link,
    )
