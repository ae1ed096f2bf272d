"""What a step came to, as the text that the journal keeps: a value, or an error that the workflow gets back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import singledispatch
from pathlib import PurePath
from traceback import extract_tb
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import Field, TypeAdapter

from kr8.domain.deployment import Event, NotAllowed, State
from kr8.domain.model import Model
from kr8.domain.problem import UNFORESEEN, Problem, Refused, refuse
from kr8.domain.problem import Outcome as Done
from kr8.domain.target import Failure
from kr8.ports.target import Fenced, Stuck, Unreachable

T = TypeVar("T")

Redact = Callable[[str], str]

DEPTH = 8
"""How many causes of an error are told."""


class Returned(Model):
    """The step ended well. `value` is JSON text."""

    kind: Literal["returned"] = "returned"
    value: str


class WasRefused(Model):
    """The step raised Refused, or an error that nobody expected."""

    kind: Literal["refused"] = "refused"
    problem: Problem

    def error(self) -> Exception:
        return Refused(self.problem)


class WasStuck(Model):
    """The step raised Stuck."""

    kind: Literal["stuck"] = "stuck"
    failure: Failure

    def error(self) -> Exception:
        return Stuck(self.failure)


class WasFenced(Model):
    """The step raised Fenced."""

    kind: Literal["fenced"] = "fenced"
    epoch: int
    seen: int

    def error(self) -> Exception:
        return Fenced(self.epoch, self.seen)


class WasUnreachable(Model):
    """The step raised Unreachable."""

    kind: Literal["unreachable"] = "unreachable"
    why: str

    def error(self) -> Exception:
        return Unreachable(self.why)


class WasNotAllowed(Model):
    """The step raised NotAllowed."""

    kind: Literal["not_allowed"] = "not_allowed"
    state: State
    event: Event

    def error(self) -> Exception:
        return NotAllowed(self.state, self.event)


Raised = WasRefused | WasStuck | WasFenced | WasUnreachable | WasNotAllowed
Outcome = Annotated[Returned | Raised, Field(discriminator="kind")]

_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}
_OUTCOME: TypeAdapter[Returned | Raised] = TypeAdapter(Outcome)


@singledispatch
def raised(error: Exception, step: str, redact: Redact) -> Raised:
    """The record of an error that a step raised, with every text redacted."""
    problem = refuse(
        "step_failed",
        f"The step {step!r} failed in a way that kr8 did not foresee.",
        why=UNFORESEEN.format(type(error).__name__),
        mend="Look at what serves, kr8 status; `kr8 doctor` checks the parts kr8 stands on.",
        outcome=Done.UNKNOWN,
        output=tuple(redact(explain(error)).splitlines()),
    ).problem
    return WasRefused(problem=problem)


@raised.register
def _(error: Refused, step: str, redact: Redact) -> Raised:
    problem = error.problem
    texts = {name: redact(getattr(problem, name)) for name in ("what", "why", "mend")}
    output = tuple(redact(line) for line in problem.output)
    return WasRefused(problem=problem.model_copy(update={**texts, "output": output}))


@raised.register
def _(error: Stuck, step: str, redact: Redact) -> Raised:
    failure = error.failure
    said = {name: tuple(redact(line) for line in getattr(failure, name)) for name in ("answers", "lines")}
    return WasStuck(failure=failure.model_copy(update={"what": redact(failure.what), **said}))


@raised.register
def _(error: Fenced, step: str, redact: Redact) -> Raised:
    return WasFenced(epoch=error.epoch, seen=error.seen)


@raised.register
def _(error: Unreachable, step: str, redact: Redact) -> Raised:
    return WasUnreachable(why=redact(error.problem.why))


@raised.register
def _(error: NotAllowed, step: str, redact: Redact) -> Raised:
    return WasNotAllowed(state=error.state, event=error.event)


async def do(step: str, returns: type[T], work: Callable[[], Awaitable[T]], redact: Redact) -> str:
    """Do a step's work and write down what came of it; only errors that are no Exception pass through."""
    try:
        value = await work()
        text = _adapter(returns).dump_json(value, warnings="error").decode()
        return Returned(value=text).model_dump_json()
    except Exception as error:
        return raised(error, step, redact).model_dump_json()


def read(journaled: str, returns: type[T]) -> T:
    """The value of a journaled outcome. Raises the error that the step raised.

    The first run reads its own record too, so that a workflow sees the same after a restart as before it.
    """
    outcome = _OUTCOME.validate_json(journaled)
    if isinstance(outcome, Returned):
        return _adapter(returns).validate_json(outcome.value)
    raise outcome.error()


def _adapter(returns: type[T]) -> TypeAdapter[T]:
    """Made once for a type: that takes longer than to write or read a value."""
    if returns not in _ADAPTERS:
        _ADAPTERS[returns] = TypeAdapter(returns)
    return _ADAPTERS[returns]


def explain(error: BaseException) -> str:
    """An error in words: type, text, the place it came from, and the same of its causes."""
    return "; caused by ".join(_one(cause) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(DEPTH):
        if current is None:
            return
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _one(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}".removesuffix(": ")
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        text += f" [{', '.join(_one(part) for part in group.exceptions)}]"
    frames = extract_tb(error.__traceback__)
    return f"{text} ({PurePath(frames[-1].filename).name}:{frames[-1].lineno})" if frames else text
