"""An operation that asks for something that is no port."""

from pathlib import Path

from tests.unit.catalogue.strange import Note

from kr8.catalogue.operation import operation
from kr8.domain.caller import Effect


@operation(Effect.READ, command="unfit")
async def unfit(request: Note, where: Path) -> Note:
    """Ask for a path."""
    return request
