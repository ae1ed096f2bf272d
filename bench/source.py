"""What is promised of the source itself: measured here, kept by tests/gates, printed by the bench."""

from __future__ import annotations

import ast
import math
import re
import statistics
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.support.tree import ROOT, Module, functions, modules, source_modules, tool

from bench.row import Row, at_most

FILE_LINES = {"median": 80, "p90": 250, "max": 400}
FUNCTION_LINES = {"median": 8, "p90": 25, "max": 50}
PATCHES_A_TEST = 0.05
BANNED_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "manager"})
BLANKET = re.compile(r"#\s*type:\s*ignore(?!\[)|#\s*pyright:\s*(basic|standard|ignore(?!\[)|report)|#\s*mypy:")
ANNOTATED = "strict: every function is annotated"
TYPE_CHECKERS = {"mypy": ("mypy",), "pyright": ("pyright", "--pythonpath", sys.executable)}


def spread(sizes: Iterable[int]) -> dict[str, float]:
    """Median, nearest-rank p90 and maximum."""
    ordered = sorted(sizes)
    return {"median": statistics.median(ordered), "p90": ordered[math.ceil(0.9 * len(ordered)) - 1], "max": ordered[-1]}


def file_lines() -> dict[str, int]:
    """Lines of each file that has any, by its place."""
    return {module.place: len(module.text.splitlines()) for module in source_modules() if module.text.strip()}


def function_lines() -> dict[str, int]:
    """Lines of each function from `def` to its end, by its place."""
    return {
        f"{module.place}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for module in source_modules()
        for node in functions(module)
    }


def banned_names() -> list[str]:
    """Modules whose names do not say what is inside."""
    return [module.place for module in source_modules() if BANNED_NAMES & set(module.name.split("."))]


def blanket_ignores() -> list[str]:
    """Where a type checker is told to look away from everything."""
    return [
        f"{module.place}:{number}: {line.strip()}"
        for module in source_modules()
        for number, line in enumerate(module.text.splitlines(), 1)
        if BLANKET.search(line)
    ]


@dataclass(frozen=True)
class Patches:
    """Where tests replace something from outside, and how many tests there are."""

    places: Sequence[str]
    tests: int

    @property
    def a_test(self) -> float:
        """Patches for each test."""
        return len(self.places) / self.tests


def patches() -> Patches:
    """Every `monkeypatch.setattr`, `setitem`, and anything of `mock.patch` in the tests."""
    tests = modules(ROOT / "tests")
    count = sum(1 for module in tests for node in functions(module) if node.name.startswith("test_"))
    return Patches([place for module in tests for place in _patches_of(module)], count)


def _patches_of(module: Module) -> list[str]:
    found = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call) and _is_patch(ast.unparse(node.func))]
    return [f"{module.place}:{node.lineno}" for node in found]


def _is_patch(call: str) -> bool:
    return call in {"monkeypatch.setattr", "monkeypatch.setitem", "patch"} or call.startswith(
        ("patch.", "mock.patch", "mocker.")
    )


def type_errors(checker: str) -> int:
    """How many a type checker finds. Raises RuntimeError where it does not say."""
    name, *arguments = TYPE_CHECKERS[checker]
    done = subprocess.run(tool(name, *arguments), cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.findall(r"(\d+) errors?\b", done.stdout)
    if done.returncode and not found:
        raise RuntimeError(f"{checker} ended with {done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return int(found[-1]) if found else 0


def rows() -> list[Row]:
    """Sizes, types, patches and names."""
    files, lines, found = spread(file_lines().values()), spread(function_lines().values()), patches()
    return [
        *(at_most(f"source files: {name} lines", FILE_LINES[name], files[name], "lines", digits=0) for name in files),
        *(at_most(f"functions: {name} lines", FUNCTION_LINES[name], lines[name], "lines", digits=0) for name in lines),
        *(
            at_most(f"types: errors of {each}, strict", 0, type_errors(each), "errors", ANNOTATED, 0)
            for each in TYPE_CHECKERS
        ),
        at_most("types: blanket ignores", 0, len(blanket_ignores()), "ignores", digits=0),
        at_most("patches a test", PATCHES_A_TEST, found.a_test, "patches", f"in {found.tests:,} tests"),
        at_most("module names that do not say what is inside", 0, len(banned_names()), "names", digits=0),
    ]
