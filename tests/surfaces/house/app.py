"""The test house's app."""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import ModuleType
from typing import Any

from tests.fakes.audit import MemoryAudit
from tests.fakes.clock import FakeClock
from tests.fakes.entropy import CountingEntropy
from tests.fakes.secrets import FakeSecrets
from tests.surfaces.house import operations

from kr8.catalogue.operation import Catalogue
from kr8.catalogue.redaction import Redaction
from kr8.catalogue.services import Services
from kr8.settings import Settings


@dataclass
class HouseApp:
    """What the composition root would make, of fakes."""

    catalogue: Catalogue
    services: Services
    started: bool = False
    closed: bool = False

    async def start_engine(self) -> None:
        """There is no engine to start."""
        self.started = True

    async def close(self) -> None:
        """Remember it."""
        self.closed = True


def house(*modules: ModuleType) -> HouseApp:
    """A house of some operations; by default of the fixtures."""
    clock = FakeClock()
    ports: dict[str, Any] = dict.fromkeys(field.name for field in fields(Services))
    ports |= {"clock": clock, "entropy": CountingEntropy(), "audit": MemoryAudit(clock)}
    ports["redaction"] = Redaction(FakeSecrets(), clock)
    return HouseApp(Catalogue(*(modules or (operations,))), Services(**ports))


async def open_house(settings: Settings) -> HouseApp:
    """Open it, as the daemon does."""
    return house()
