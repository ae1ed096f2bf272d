"""Fetched templates in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from kr8.domain.problem import refuse
from kr8.ports.pinned_templates import Pin, RemovedPin
from kr8.ports.templates import RenderedFile


@dataclass
class MemoryPins:
    """Implements the port `PinnedTemplates`."""

    pins: dict[str, Pin] = field(default_factory=dict[str, Pin])

    async def all(self) -> tuple[Pin, ...]:
        """Every pin."""
        return tuple(self.pins[name] for name in sorted(self.pins))

    async def add(self, pin: Pin, files: tuple[RenderedFile, ...]) -> bool:
        """Keep the pin."""
        is_new = self.pins.get(pin.name) != pin
        self.pins[pin.name] = pin
        return is_new

    async def remove(self, name: str) -> RemovedPin:
        """Remove the pin."""
        if name not in self.pins:
            raise refuse("unknown_template", f"No template {name!r} was fetched.", field="name")
        return RemovedPin(pin=self.pins.pop(name))
