"""Whether somebody has ever gone back, before production depends on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kr8.domain.environment import EnvironmentRecord, Promotion
from kr8.domain.finding import Finding, Severity
from kr8.domain.production import PRODUCTION


def rehearsal(record: EnvironmentRecord, promotions: Iterable[Promotion]) -> Iterator[Finding]:
    """What a plan for production says where no rollback has left any of the project's promotions."""
    if record.name in PRODUCTION and record.serves() and not any(each.withdrawn for each in promotions):
        yield Finding(
            rule="rollback_untried",
            severity=Severity.INFO,
            what="No rollback has run in this project, in any environment.",
            why="That the release before works with what the newer one has written is known once it has been tried.",
            mend="Deploy this elsewhere and go back there: kr8 rollback ENVIRONMENT.",
        )
