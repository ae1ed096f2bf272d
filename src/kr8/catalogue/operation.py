"""What an operation is: a marked function, its request and response, and the ports it asks for."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import ModuleType
from typing import Any, TypeVar, get_type_hints

from kr8.catalogue.services import field_of
from kr8.domain.caller import Audience, Caller, Effect
from kr8.domain.model import Model
from kr8.domain.nearest import nearest
from kr8.domain.problem import refuse
from kr8.domain.rights import Asker, Reach, asker_of

F = TypeVar("F", bound=Callable[..., Awaitable[Model]])
MOST_PORTS = 4


@dataclass(frozen=True)
class Call:
    """The circumstances of one call, injected into an operation that asks for them."""

    id: str
    caller: Caller
    now: datetime
    new: Callable[[str], str]
    """Makes a new id."""
    directory: str | None = None
    """Where the caller stands: the project of a call that names none is looked for there."""
    deployment: str | None = None
    """The id of the deployment that it opens, where that was chosen beforehand: it is opened once."""


@dataclass(frozen=True)
class Mark:
    """What the decorator says of a function."""

    effect: Effect
    command: str
    audience: Audience
    reach: Reach
    idempotent: bool
    open_world: bool


@dataclass(frozen=True)
class Operation:
    """One verb of the product."""

    name: str
    mark: Mark
    request: type[Model]
    response: type[Model]
    function: Callable[..., Awaitable[Model]]
    injected: dict[str, str]
    """Parameter name → field of Services, "call" for the Call."""
    text: str
    """The docstring: what tools, help and reference show."""

    @cached_property
    def write_only(self) -> frozenset[str]:
        """The fields of its request that nobody may read again: values of secrets."""
        return self.fields_with("writeOnly")

    @cached_property
    def free_words(self) -> frozenset[str]:
        """The fields of its request that are kept as somebody's own words, and name nothing."""
        return self.fields_with("freeWords")

    def fields_with(self, hint: str) -> frozenset[str]:
        """The fields of its request whose schema says something of them, in `json_schema_extra`."""
        hints = {name: field.json_schema_extra for name, field in self.request.model_fields.items()}
        return frozenset(name for name, said in hints.items() if said and not callable(said) and said.get(hint))


def operation(
    effect: Effect,
    *,
    command: str,
    audience: Audience = Audience.EVERYONE,
    reach: Reach | None = None,
    idempotent: bool = False,
    open_world: bool = False,
) -> Callable[[F], F]:
    """Mark an async function as an operation; changes nothing about it.

    `command` is its path on the CLI ("deployment create"); `reach`: how it reaches an environment, which decides who
    may do it there, by default not at all for what reads and at once for what changes; `idempotent`: a second equal
    call changes nothing more; `open_world`: it reaches things outside this machine.
    """
    reaches = reach or (Reach.NOTHING if effect is Effect.READ else Reach.AT_ONCE)

    def mark(function: F) -> F:
        function.__kr8__ = Mark(effect, command, audience, reaches, idempotent, open_world)  # type: ignore[attr-defined]
        return function

    return mark


def _describe(function: Callable[..., Awaitable[Model]], mark: Mark) -> Operation:
    hints = get_type_hints(function)
    parameters = list(inspect.signature(function).parameters)
    name = function.__name__
    request, response = hints[parameters[0]], hints["return"]
    injected: dict[str, str] = {}
    for parameter in parameters[1:]:
        field = "call" if hints[parameter] is Call else field_of(hints[parameter])
        if field is None:
            raise TypeError(f"{name}: nothing in Services is a {hints[parameter]!r} (parameter {parameter})")
        injected[parameter] = field
    if len([field for field in injected.values() if field != "call"]) > MOST_PORTS:
        raise TypeError(f"{name}: asks for more than {MOST_PORTS} ports; it does more than one thing")
    return Operation(name, mark, request, response, function, injected, inspect.getdoc(function) or "")


class Catalogue:
    """The operations of some modules, by name. Raises TypeError where one asks for what Services does not have."""

    def __init__(self, *modules: ModuleType) -> None:
        self._operations: dict[str, Operation] = {}
        for module in modules:
            for value in vars(module).values():
                mark = getattr(value, "__kr8__", None)
                if isinstance(mark, Mark) and value.__module__ == module.__name__:
                    found = _describe(value, mark)
                    if found.name in self._operations:
                        raise TypeError(f"two operations are named {found.name}")
                    self._operations[found.name] = found

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations.values())

    def get(self, name: str, caller: Caller) -> Operation:
        """The operation of a name. Raises Refused (unknown_operation) with the nearest ones that a caller may see."""
        found = self._operations.get(name)
        if found is None:
            seen = self.for_agents() if asker_of(caller) is Asker.AWAY else tuple(self)
            raise refuse(
                "unknown_operation",
                f"There is no operation {name!r}.",
                mend=nearest(name, [each.name for each in seen]),
                field="name",
            )
        return found

    def showing(self, found: Operation) -> Operation | None:
        """What shows a deployment as it is now, where that is what an operation answers with."""
        show = self._operations.get("get_deployment")
        return show if show is not None and show.response is found.response else None

    def for_agents(self) -> tuple[Operation, ...]:
        """The operations of an agent's tool list."""
        return tuple(each for each in self if each.mark.audience is Audience.EVERYONE)


def inject(found: Operation, services: Any, call: Call) -> dict[str, Any]:
    """The keyword arguments of an operation besides its request."""
    return {
        parameter: call if field == "call" else getattr(services, field) for parameter, field in found.injected.items()
    }
