"""Tools that are installed when the test says so."""

from __future__ import annotations

from dataclasses import dataclass, field

from kr8.domain.problem import refuse
from kr8.ports.tools import Tool


@dataclass
class FakeTools:
    """`states`: how each tool is; installing makes it installed."""

    states: dict[str, str] = field(default_factory=lambda: {"checkov": "missing"})

    async def list(self) -> tuple[Tool, ...]:
        """Every tool."""
        return tuple(self._tool(name) for name in sorted(self.states))

    async def install(self, name: str, wait_s: float) -> Tool:
        """Have it installed at once."""
        if name not in self.states:
            raise refuse("unknown_tool", f"There is no tool {name!r}.", field="name")
        self.states[name] = "installed"
        return self._tool(name)

    def _tool(self, name: str) -> Tool:
        return Tool.model_validate({"name": name, "version": "1.0", "state": self.states[name]})
