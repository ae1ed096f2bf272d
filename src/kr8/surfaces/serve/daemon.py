"""The daemon's life: wait for the app beside the sockets that are already open, serve, end cleanly."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from kr8.settings import Settings
from kr8.surfaces.serve.sockets import Sockets

if TYPE_CHECKING:
    from kr8.surfaces.entrance import App

Opening = Callable[[Settings], "Awaitable[App]"]


async def run(settings: Settings, sockets: Sockets, load: Callable[[], Opening]) -> None:
    """Serve until SIGTERM or SIGINT. Raises what opening the app raises.

    `load` imports the composition root and returns what opens it; it may take long, and runs in a thread.
    """
    # The start makes a million objects that stay: to look through them for garbage again and again costs a tenth of it.
    gc.disable()
    # One import at a time: two threads in one circle of imports would see half of a module.
    open_app = await asyncio.to_thread(load)
    # Only from here on is there anything to end cleanly; an import cannot be interrupted otherwise.
    ending, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    # What was interrupted goes on before anything else is imported.
    opened = asyncio.ensure_future(open_app(settings))
    await asyncio.wait({opened})
    serve = await asyncio.to_thread(_import_serving)
    await serve(settings, sockets, opened, ending)


def _import_serving() -> Callable[[Settings, Sockets, Awaitable[App], asyncio.Event], Awaitable[None]]:
    from kr8.surfaces.serve.serving import serve  # noqa: PLC0415 - the sockets are open first

    return serve
