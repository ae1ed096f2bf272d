"""Latencies in fixed, log-spaced buckets, so that histograms of two servers or two moments add and subtract."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import zip_longest
from math import ceil

_STEPS_A_DOUBLING = 4
_LAST_MS = 60_000


def _bounds() -> tuple[int, ...]:
    bounds: list[int] = []
    step = 0
    while not bounds or bounds[-1] < _LAST_MS:
        bound = min(ceil(2 ** (step / _STEPS_A_DOUBLING)), _LAST_MS)
        if not bounds or bound > bounds[-1]:
            bounds.append(bound)
        step += 1
    return tuple(bounds)


BOUNDS_MS = _bounds()
"""Upper bound of each bucket, inclusive; one more bucket holds what took longer than the last."""

BUCKETS = len(BOUNDS_MS) + 1


def bucket_of(milliseconds: int) -> int:
    """Return the index of the bucket that counts this latency."""
    return bisect_left(BOUNDS_MS, milliseconds)


@dataclass(frozen=True)
class Histogram:
    """How many requests fell into each bucket; trailing empty buckets may be absent."""

    counts: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """Return how many requests were measured."""
        return sum(self.counts)

    def plus(self, other: "Histogram") -> "Histogram":
        """Return both together."""
        return Histogram(tuple(a + b for a, b in zip_longest(self.counts, other.counts, fillvalue=0)))

    def minus(self, earlier: "Histogram") -> "Histogram":
        """Return what came since an earlier reading of the same counter."""
        return Histogram(tuple(a - b for a, b in zip_longest(self.counts, earlier.counts, fillvalue=0)))

    def quantile(self, fraction: float) -> int | None:
        """Return the upper bound in ms of the bucket that holds this quantile; None when nothing was measured."""
        wanted = max(1, ceil(self.total * fraction))
        seen = 0
        for index, count in enumerate(self.counts):
            seen += count
            if seen >= wanted:
                return BOUNDS_MS[min(index, len(BOUNDS_MS) - 1)]
        return None
