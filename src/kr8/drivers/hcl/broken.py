"""A file that is not what its name says."""

from __future__ import annotations

from kr8.domain.terraform_code import Unreadable


class Broken(Exception):
    """A file that cannot be read: where, and why."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.told = Unreadable(place, why)
