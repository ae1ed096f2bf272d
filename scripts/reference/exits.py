"""What each exit code means, in the words of its own docstring."""

from __future__ import annotations

import ast
import inspect

from kr8.surfaces.cli import exits


def meanings() -> dict[str, str]:
    """Name → the text below it in the source."""
    tree = ast.parse(inspect.getsource(exits.ExitCode))
    body = tree.body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for before, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(before, ast.Assign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[ast.unparse(before.targets[0])] = str(after.value.value)
    return found
