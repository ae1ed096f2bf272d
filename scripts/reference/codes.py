"""Every error code in the source: what `refuse(…)`, `Problem(…)` and the like are given, read from the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TypeGuard

SOURCE = Path(__file__).resolve().parents[2] / "src"
MAKERS = {"refuse": 9, "Problem": 3, "Trouble": 2}
"""What makes a problem: code and what come first, or by name; here, the place of mend."""
PASSED_ON = frozenset(
    {
        ("kr8.domain.problem", "code"),  # refuse itself
        ("kr8.drivers.local.driver", "told.code"),  # what the supervisor said
        ("kr8.drivers.store.failures", "trouble.code"),  # of the table above it
        ("kr8.surfaces.cli.flows.rollback", "gone.problem.code"),
        ("kr8.surfaces.cli.problem", "None"),  # what the daemon said
    }
)
"""Places that give a code on that another place has made."""
NEAREST = "It names those that there are, the nearest first."
"""What `nearest` makes a mend of."""


@dataclass(frozen=True, order=True)
class Code:
    """A code, in words: what it says, what to do, and the modules that say it."""

    name: str
    what: str = ""
    mend: str = ""
    module: str = ""


@dataclass(frozen=True)
class Unread:
    """A code that is computed in a way that nobody reads from the source."""

    module: str
    line: int
    expression: str


@dataclass(frozen=True)
class Source:
    """A parsed module."""

    name: str
    tree: ast.Module

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Its functions, inner ones too."""
        return (each for each in ast.walk(self.tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))

    def calls(self, name: str) -> Iterator[ast.Call]:
        """The calls of a function by its bare name."""
        return (each for each in ast.walk(self.tree) if isinstance(each, ast.Call) and called(each) == name)


def sources(folder: Path = SOURCE / "kr8") -> Iterator[Source]:
    """The modules of the product; the files of templates are data."""
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        if parts[1] != "templates":
            yield Source(".".join(parts).removesuffix(".__init__"), ast.parse(path.read_text()))


def codes_of(source: Source) -> Iterator[Code | Unread]:
    """The codes that a module makes."""
    for maker, place in MAKERS.items():
        for call in source.calls(maker):
            first = argument(call, 0, "code")
            written = ast.unparse(first) if first is not None else "None"
            if (source.name, written) in PASSED_ON or (maker == "Trouble" and not isinstance(first, ast.Constant)):
                continue
            names = texts(first, source, call)
            if not names:
                yield Unread(source.name, call.lineno, written)
            for name, caller in names:
                what, mend = argument(call, 1, "what"), argument(call, place, "mend")
                yield Code(name, said(what, source, call, caller), said(mend, source, call, caller), source.name)


def texts(node: ast.expr | None, source: Source, call: ast.Call) -> list[tuple[str, ast.Call | None]]:
    """The strings that an expression may be, each with the call that passes it, where one does."""
    match node:
        case ast.Constant(value=str(text)):
            return [(text, None)]
        case ast.IfExp(body=one, orelse=other):
            found = [texts(one, source, call), texts(other, source, call)]
            return [text for part in found for text in part] if all(found) else []
        case ast.Name(id=name):
            return _passed(name, source, call)
        case _:
            return []


def _passed(name: str, source: Source, call: ast.Call) -> list[tuple[str, ast.Call | None]]:
    for function in reversed([each for each in source.functions() if call in ast.walk(each)]):
        names = [each.arg for each in function.args.args]
        if name in names:
            callers = list(source.calls(function.name))
            given = [argument(each, names.index(name), name) for each in callers]
            found = [(each.value, caller) for each, caller in zip(given, callers, strict=True) if _is_text(each)]
            return list(found) if len(found) == len(given) else []
    return []


def _is_text(node: ast.expr | None) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def said(node: ast.expr | None, source: Source, at: ast.Call | ast.Dict, caller: ast.Call | None = None) -> str:
    """A text as `shown`; of a variable, what its function gave it last, or what the caller passes for it."""
    if not isinstance(node, ast.Name):
        return shown(node)
    function = ([each for each in source.functions() if at in ast.walk(each)] or [None])[-1]
    given = [
        each
        for each in (ast.walk(function) if function is not None else ())
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == node.id and each.lineno <= at.lineno
    ]
    if given:
        return shown(max(given, key=lambda each: each.lineno).value)
    names = [each.arg for each in function.args.args] if function is not None else []
    if function is None or node.id not in names:
        return _constant(node.id, source)
    callers = [caller] if caller else list(source.calls(function.name))
    passed = [shown(argument(each, names.index(node.id), node.id)) for each in callers]
    return " / ".join(dict.fromkeys(each for each in passed if each not in ("", "…"))) or "…"


def _constant(name: str, source: Source) -> str:
    """The text of a module's own constant, wherever the module has it from."""
    value = getattr(import_module(source.name), name, None) if find_spec(source.name) else None
    return value if isinstance(value, str) else "…"


def called(call: ast.Call) -> str:
    """The bare name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    """An argument by its place or its name."""
    by_name = next((each.value for each in call.keywords if each.arg == name), None)
    return by_name or (call.args[place] if len(call.args) > place else None)


def shown(node: ast.expr | None) -> str:
    """A text as the source has it, with … for what is computed."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(shown(part) or "…" for part in parts)
        case ast.IfExp(body=one, orelse=other) if shown(other):
            return f"{shown(one)} / {shown(other)}"
        case ast.IfExp(body=one):
            return shown(one)
        case ast.BoolOp(op=ast.Or(), values=values):
            return shown(values[-1])
        case ast.Call() if called(node) == "nearest":
            return NEAREST
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return shown(left) + shown(right)
        case None:
            return ""
        case _:
            return "…"
