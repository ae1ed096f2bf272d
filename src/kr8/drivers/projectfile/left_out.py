"""What a kr8.toml would leave out of its validation, and cannot (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.leaving_out import refusals
from kr8.domain.project import Project
from kr8.drivers.toml.mistakes import Mistake, mistake_at
from kr8.drivers.toml.positions import Positions

MEND = "Name what kr8 does not deploy from; a finding that the project lives with goes into .kr8/waivers.toml."


def deployed_from(project: Project, positions: Positions) -> Iterator[Mistake]:
    """The patterns that leave out what kr8 deploys from."""
    for number, what in refusals(project):
        yield mistake_at(("validation", "leave_out", number), what, positions, MEND)
