"""Operations with every kind of field, for tests of what surfaces make of them."""

from typing import Literal

from pydantic import Field

from kr8.catalogue.operation import operation
from kr8.domain.caller import Audience, Effect
from kr8.domain.model import Duration, Model, Name


class Anything(Model):
    """A result."""

    id: str = ""


class Everything(Model):
    """A request with a field of every kind."""

    environment: Name = Field(json_schema_extra={"positional": True})
    """Where."""
    instances: dict[Name, int] = Field(json_schema_extra={"positional": True})
    """How many of which service."""
    project: str | None = Field(default=None, json_schema_extra={"short": "p"})
    """Which project."""
    services: tuple[Name, ...] = ()
    """Only these."""
    ports: tuple[int, ...] = ()
    """Numbers."""
    labels: dict[str, str] = Field(default_factory=dict[str, str])
    """Names and values."""
    level: Literal["debug", "info", "error"] = "info"
    """One of three."""
    ready_limit: Duration | None = None
    """A time."""
    ratio: float = 0.5
    """A fraction."""
    apart: bool = False
    """A flag that is off."""
    colour: bool = True
    """A flag that is on."""
    limits: tuple[tuple[int, int], ...] = ()
    """Something that only JSON can say."""
    wait_s: int = Field(default=0, json_schema_extra={"hidden": True})
    """Left out of help."""
    value: str = Field(default="", json_schema_extra={"writeOnly": True})
    """A secret."""


@operation(Effect.CHANGE, command="thing make", audience=Audience.PEOPLE)
async def make_thing(request: Everything) -> Anything:
    """Make a thing. It takes everything.

    A second paragraph.
    """
    return Anything()
