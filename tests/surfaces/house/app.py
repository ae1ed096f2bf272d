"""The test house's app."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.fakes.audit import MemoryAudit
from tests.fakes.clock import FakeClock
from tests.fakes.deployments import MemoryDeployments
from tests.fakes.engine import FakeEngine
from tests.fakes.keyed_calls import MemoryKeyedCalls
from tests.fakes.secrets import FakeSecrets
from tests.surfaces.house import operations
from tests.surfaces.house.kept import FileKeyedCalls

from kr8.catalogue.once import Once
from kr8.catalogue.operation import Catalogue
from kr8.catalogue.redaction import Redaction
from kr8.catalogue.services import Services
from kr8.drivers.system.entropy import SystemEntropy
from kr8.ports.keyed_calls import KeyedCalls
from kr8.settings import Settings
from kr8.workflows.desk import Desk


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


def house(*modules: ModuleType, keyed_calls: KeyedCalls | None = None) -> HouseApp:
    """A house of some operations; by default of the fixtures."""
    clock = FakeClock()
    entropy = SystemEntropy(clock)  # a daemon must not make the ids of the one before it
    ports: dict[str, Any] = dict.fromkeys(field.name for field in fields(Services))
    ports |= {"clock": clock, "entropy": entropy, "audit": MemoryAudit(clock)}
    ports["redaction"] = Redaction(FakeSecrets(), clock)
    desk = Desk(clock, entropy, MemoryDeployments(), FakeEngine())
    ports["once"] = Once(keyed_calls or MemoryKeyedCalls(), desk)
    return HouseApp(Catalogue(*(modules or (operations,))), Services(**ports))


async def open_house(settings: Settings) -> HouseApp:
    """Open it, as the daemon does."""
    return house(keyed_calls=FileKeyedCalls(Path(settings.home.root, "keyed_calls.json")))
