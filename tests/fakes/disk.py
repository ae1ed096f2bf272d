"""A disk that has what a test says."""

from dataclasses import dataclass

from kr8.domain.problem import Refused
from kr8.ports.disk import Item


@dataclass
class FakeDisk:
    """The Disk port."""

    found: tuple[Item, ...] = ()
    broken: Refused | None = None

    async def items(self) -> tuple[Item, ...]:
        if self.broken is not None:
            raise self.broken
        return self.found

    async def free(self) -> int:
        return 1_000_000
