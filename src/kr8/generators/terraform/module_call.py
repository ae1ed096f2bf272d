"""A call of a module, as an environment's root writes it."""

from __future__ import annotations

from collections.abc import Sequence

from kr8.generators.hcl import Block, Expression, Gap, attributes


def call(label: str, source: str = "", over: str = "", /, **inputs: str) -> Block:
    """A call of a module; `over`: what it is called for each of. Every value is an expression of this generator."""
    head = attributes(source=f"../../modules/{source or label}")
    each = attributes(for_each=Expression(over)) if over else ()
    given = attributes(**{key: Expression(text) for key, text in inputs.items()})
    return Block("module", (label,), (*head, *each, Gap(), *given))


def over_lines(function: str, arguments: Sequence[str]) -> str:
    """A call with a line for each argument, in an attribute of a block; one argument stands for itself, none for []."""
    if len(arguments) < 2:
        return arguments[0] if arguments else "[]"
    return "\n".join([f"{function}(", *(f"    {argument}," for argument in arguments), "  )"])


def counted(call: Block, count: str) -> Block:
    """The same call, made as often as `count` says."""
    source, *inputs = call.body
    return Block(call.type, call.labels, (source, *attributes(count=Expression(count)), *inputs))
