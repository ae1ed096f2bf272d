"""Settings of a repository that keep a tool from telling what it finds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from kr8.domain.finding import Finding, Severity
from kr8.domain.spelled_out import spelled_out


def suppressing(tool: str, root: Path, settings: Iterable[str], sign: re.Pattern[bytes]) -> tuple[Finding, ...]:
    """Those of a tool's settings below a root that have the sign, each as a finding: nobody else would say so."""
    return tuple(
        Finding(
            rule=f"{tool}/settings",
            severity=Severity.INFO,
            what=f"The repository's settings keep {tool} from telling some of what it finds.",
            mend="Read them where that matters: they have no owner and no last day, as a waiver has.",
            place=path,
        )
        for path in settings
        if sign.search(spelled_out((root / path).read_bytes()))
    )
