"""What `kr8 doctor` says of the tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kr8.drivers.toolbox.driver import Toolbox
from kr8.ports.health import Check


def tools_look(toolbox: Toolbox) -> Callable[[], Awaitable[tuple[Check, ...]]]:
    """Each tool that checkers stand on; one that is missing is a warning, for the rest of kr8 needs none."""

    async def tool_checks() -> tuple[Check, ...]:
        return tuple(
            Check(name=tool.name, result="ok", what=f"{tool.version} in {tool.what}")
            if tool.state == "installed"
            else Check(
                name=tool.name,
                result="warning",
                what=f"{tool.name} is not installed: kr8 validate does not check with it.",
                mend=f"kr8 tools install {tool.name}",
            )
            for tool in await toolbox.list()
        )

    return tool_checks
