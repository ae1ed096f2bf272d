"""Operations that behave in every way an operation can."""

from typing import Protocol

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain.caller import Effect
from kr8.domain.model import Model
from kr8.domain.problem import refuse
from kr8.ports.audit import Audit

SEEN: list[int] = []
"""How many rows the audit had when an operation ran."""


class Breakable(Protocol):
    """An audit that a test can break."""

    broken: bool


BREAK: list[Breakable] = []


class Note(Model):
    """A request."""

    note: str
    """Some text."""


class Held(Model):
    """A request with a secret value."""

    value: str = Field(json_schema_extra={"writeOnly": True})


class Told(Model):
    """A request with words of somebody's own, and a name."""

    because: str = Field(json_schema_extra={"freeWords": True})
    topic: str


@operation(Effect.READ, command="tell")
async def tell(request: Told) -> Note:
    """Say whether each of the two came as it was given, by its length."""
    return Note(note=f"{len(request.because)} {len(request.topic)}")


@operation(Effect.CHANGE, command="change")
async def change_something(request: Note, call: Call, audit: Audit) -> Note:
    """Change something."""
    SEEN.append(await audit.length())
    return request


@operation(Effect.READ, command="read")
async def read_something(request: Note) -> Note:
    """Read something."""
    return request


@operation(Effect.CHANGE, command="refuse")
async def refuse_it(request: Note) -> Note:
    """Refuse."""
    raise refuse("refused", f"no: {request.note}", why=request.note, output=(request.note,))


@operation(Effect.CHANGE, command="explode")
async def explode(request: Note) -> Note:
    """Break."""
    raise ValueError(f"{request.note} is not right")


@operation(Effect.CHANGE, command="break")
async def break_the_audit(request: Note) -> Note:
    """Do it, and leave the audit broken."""
    BREAK[-1].broken = True
    return request


@operation(Effect.CHANGE, command="explode quietly")
async def explode_quietly(request: Held) -> Note:
    """Break over a secret that nobody knows yet."""
    raise KeyError(f"{request.value} is not right")


@operation(Effect.READ, command="answer")
async def answer_with_what_cannot_be_written(request: Note) -> Note:
    """Answer with a value that is no response."""
    return {request.note: "is no response"}  # type: ignore[return-value] # pyright: ignore[reportReturnType]
