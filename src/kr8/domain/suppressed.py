"""What comments in the code, and a tool's own settings, keep it from telling (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from kr8.domain.finding import Finding, Severity


def told_as_one(tool: str, suppressed: Sequence[str], link: str) -> Finding:
    """That comments or settings of a tool suppress these, each with rule, place and reason: nobody else says so."""
    many = "1 finding is" if len(suppressed) == 1 else f"{len(suppressed)} findings are"
    return Finding(
        rule=f"{tool}/suppressed",
        severity=Severity.INFO,
        what=f"{many} suppressed by comments or settings of {tool}.",
        why="; ".join(suppressed)[:1000],
        mend="Read them where that matters: they have no owner and no last day, as a waiver has.",
        link=link,
    )
