"""How certain it is that something is a secret."""

from __future__ import annotations

from enum import StrEnum


class Certainty(StrEnum):
    """Of what was found in a text; the most certain first."""

    SURE = "sure"
    """Nothing else is written so."""
    LIKELY = "likely"
    """It is named like a secret, and looks made for one."""
    GUESS = "guess"
    """It may be none."""
