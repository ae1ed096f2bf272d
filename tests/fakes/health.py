"""Health as a test says it is."""

from dataclasses import dataclass

from kr8.ports.health import Check


@dataclass
class FakeHealth:
    """The Health port."""

    found: tuple[Check, ...] = ()

    async def checks(self) -> tuple[Check, ...]:
        return self.found
