"""The demo ends with one line and an exit status that say the same, whatever ends it."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from typing import Any

import pytest
from demo.agent import StoryError
from demo.ending import SIGNALS, End, to_its_end


def end_of(story: Coroutine[Any, Any, None]) -> End:
    return asyncio.run(to_its_end(story))


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_it_and_is_its_exit_status(number: signal.Signals) -> None:
    async def story() -> None:
        os.kill(os.getpid(), number)
        await asyncio.Event().wait()

    assert end_of(story()) == End(128 + number, f"The demo was ended by {number.name}.", by_signal=True)


def test_what_a_story_makes_of_its_end_by_a_signal_is_not_told() -> None:
    async def story() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.Event().wait()
        finally:
            raise ConnectionError("the daemon is gone too")

    assert end_of(story()).line == "The demo was ended by SIGTERM."


def test_what_was_waited_for_is_cleaned_up_after_a_signal() -> None:
    done: list[str] = []

    async def story() -> None:
        try:
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            done.append("cleaned up")

    assert end_of(story()).status == 129 and done == ["cleaned up"]


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def story() -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0)

    try:
        assert end_of(story()) == End(0, "")
    finally:
        signal.signal(signal.SIGHUP, before)


TWICE = ExceptionGroup("", [StoryError("one"), StoryError("one")])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoryError("the plan is failed"), "the plan is failed"),
        (ExceptionGroup("", [TWICE, OSError("two")]), "one; OSError: two"),
        (KeyError("digest"), "KeyError: 'digest'"),
        (asyncio.CancelledError(), "CancelledError: "),
    ],
)
def test_an_error_is_told_in_one_line_and_is_a_failure(error: BaseException, said: str) -> None:
    async def story() -> None:
        raise error

    assert end_of(story()) == End(1, f"The demo did not prove what it must: {said}")
