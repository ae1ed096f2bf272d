"""The names that a project declares, for who has left one out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kr8.domain.problem import Refused
from kr8.workflows.checkouts import Checkouts

TABLES = {"environment": "environments", "from_environment": "environments", "service": "services"}


async def with_names(
    refused: Refused, arguments: Mapping[str, Any], checkouts: Checkouts, directory: str | None
) -> Refused:
    """A refusal of a missing argument, with what could be given, as far as the project is known that was meant."""
    table = TABLES.get(refused.problem.field or "")
    if refused.problem.code != "missing_argument" or table is None:
        return refused
    project = arguments.get("project")
    try:
        record = await checkouts.known(project if isinstance(project, str) else None, directory)
    except Refused:
        return refused
    names = ", ".join(getattr(record.spec, table))
    return Refused(refused.problem.model_copy(update={"mend": f"One of: {names}."}))
