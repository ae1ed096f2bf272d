"""How the demo ends: with one line and an exit status that say the same, whatever ends it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

from demo.agent import StoryError

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class End:
    """The exit status, and what is to be said; by_signal: somebody wants it to be over."""

    status: int
    line: str
    by_signal: bool = False


async def to_its_end(story: Coroutine[Any, Any, None]) -> End:
    """Run a story until it is over, or a signal ends it. A signal that is ignored, as by nohup, stays ignored."""
    telling, received = asyncio.ensure_future(story), list[signal.Signals]()

    def end(number: signal.Signals) -> None:
        received.append(number)
        telling.cancel()

    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, end, number)
    await asyncio.wait({telling})
    if received:
        # Whatever the story made of being cancelled: nobody wants to know.
        telling.cancelled() or telling.exception()
        return End(128 + received[0], f"The demo was ended by {received[0].name}.", by_signal=True)
    return _told(telling)


def _told(telling: asyncio.Future[None]) -> End:
    try:
        telling.result()
    except (Exception, BaseExceptionGroup, asyncio.CancelledError) as error:
        said = "; ".join(dict.fromkeys(_text(each) for each in _leaves(error)))
        return End(1, f"The demo did not prove what it must: {said}")
    return End(0, "")


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


def _text(error: BaseException) -> str:
    return str(error) if isinstance(error, StoryError) else f"{type(error).__name__}: {error}"
