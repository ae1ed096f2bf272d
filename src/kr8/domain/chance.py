"""What a count of few can say of many (pure)."""

from __future__ import annotations

import math

Z = 2.576
"""99% confidence: one false alarm in 200 judgements that look at one side."""
FEWEST = 3
"""One or two of a kind are chance, however few there are beside them."""


def lower_bound(found: int, of: int, z: float = Z) -> float:
    """The lowest share that the counts allow at the confidence of `z`.

    The lower end of Wilson's score interval (E. B. Wilson, JASA 22, 1927): right also for few.
    """
    if of == 0:
        return 0.0
    share = found / of
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (share + z * z / (2 * of) - spread) / (1 + z * z / of))


def is_more(found: int, of: int, allowed: float) -> bool:
    """Whether more than the allowed share was found, and that cannot be chance."""
    return found >= FEWEST and lower_bound(found, of) > allowed
