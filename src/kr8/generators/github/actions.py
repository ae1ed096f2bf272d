"""The actions that a pipeline uses, each pinned to the commit of a release: `actions.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import Field

from kr8.domain.model import Model
from kr8.generators.yaml import Beside


class Action(Model):
    """One action of somebody else's."""

    name: str
    version: str
    commit: str = Field(pattern=r"^[0-9a-f]{40}$")
    seen_in: tuple[str, ...] = Field(min_length=2)
    """Where the commit was seen for that version."""

    @property
    def pinned(self) -> Beside:
        """What `uses:` is given: the commit, with its version behind it for people and for what updates pins."""
        return Beside(f"{self.name}@{self.commit}", self.version)


@cache
def actions() -> dict[str, Action]:
    """Every action, by name."""
    told = tomllib.loads((files("kr8.generators.github") / "actions.toml").read_text(encoding="utf-8"))
    return {each.name: each for each in map(Action.model_validate, told["action"])}
