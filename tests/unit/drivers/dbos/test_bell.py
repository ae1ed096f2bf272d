"""The queue is looked at when there is reason to."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from kr8.drivers.dbos.bell import BUSY_S, Bell

LONG_S = 60.0


def quiet() -> Bell:
    """A bell where nothing goes on, and no reason of the past counts; its first look is done."""
    bell = Bell(lambda: False, stays_busy_s=0.0)
    bell.wait(LONG_S)
    return bell


def took(bell: Bell, timeout: float = LONG_S) -> float:
    began = time.monotonic()
    assert not bell.wait(timeout)
    return time.monotonic() - began


def test_the_first_look_is_at_once() -> None:
    assert took(Bell(lambda: False)) < BUSY_S


def test_a_ring_during_a_look_is_not_lost() -> None:
    bell = quiet()
    bell.ring()
    assert took(bell) < BUSY_S


def test_a_ring_ends_the_waiting() -> None:
    bell = quiet()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bell.wait, LONG_S)
        assert not waiting.done()
        bell.ring()
        assert waiting.result(10) is False


def test_to_set_it_ends_the_waiting_for_good() -> None:
    bell = quiet()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bell.wait, LONG_S)
        bell.set()
        assert waiting.result(10) is True
    assert bell.wait() is True


def test_looks_are_often_while_something_runs_and_a_while_after_it() -> None:
    running = [True]
    bell = Bell(lambda: bool(running))
    bell.wait()
    assert BUSY_S <= took(bell) < LONG_S
    running.clear()
    assert took(bell) < LONG_S


def test_looks_are_seldom_where_nothing_goes_on() -> None:
    assert took(quiet(), timeout=3 * BUSY_S) >= 3 * BUSY_S
