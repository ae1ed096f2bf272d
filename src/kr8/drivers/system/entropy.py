"""New ids, from the machine's randomness."""

from __future__ import annotations

import secrets
import threading

from kr8.ports.clock import Clock

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in lower case: it sorts as its numbers do, and has no letter that reads like a digit."""
_TIME_DIGITS = 10
_RANDOM_DIGITS = 16


class SystemEntropy:
    """The Entropy port: 10 digits of milliseconds, then 80 bits that nobody can guess.

    Within one process a later id always sorts later, also in the same millisecond and when the clock goes back.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._lock = threading.Lock()

    def new(self, prefix: str) -> str:
        """A new id: prefix, underscore, 26 lower-case letters and digits."""
        with self._lock:
            self._last = max(round(self._clock.now().timestamp() * 1000), self._last + 1)
            moment = self._last
        return f"{prefix}_{_written(moment, _TIME_DIGITS)}{_written(secrets.randbits(80), _RANDOM_DIGITS)}"


def _written(number: int, digits: int) -> str:
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(digits)))
