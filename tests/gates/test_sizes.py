"""Small files, small functions, names that say what is inside, and a sentence where a reader needs one."""

import ast
import math
import statistics
from collections.abc import Sequence

from tests.support.tree import Module, functions, source_modules

FILE_LINES = {"median": 80, "p90": 250, "max": 400}
FUNCTION_LINES = {"median": 8, "p90": 25, "max": 50}
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
DESCRIBED = ("kr8.ports", "kr8.operations")


def spread(sizes: Sequence[int]) -> dict[str, float]:
    """Median, nearest-rank p90 and maximum."""
    ordered = sorted(sizes)
    return {"median": statistics.median(ordered), "p90": ordered[math.ceil(0.9 * len(ordered)) - 1], "max": ordered[-1]}


def verdict(sizes: dict[str, int], limits: dict[str, int]) -> str:
    """What is over its limit, and the largest ones; empty when all is well."""
    measured = spread(list(sizes.values()))
    over = [f"{name} {measured[name]:g} > {limit}" for name, limit in limits.items() if measured[name] > limit]
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:10]
    return "; ".join(over) and "; ".join(over) + "\n" + "\n".join(f"{lines:5} {place}" for place, lines in largest)


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function from `def` to its end."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_files_are_small() -> None:
    sizes = {module.place: len(module.text.splitlines()) for module in source_modules() if module.text.strip()}
    assert not verdict(sizes, FILE_LINES)


def test_functions_are_small() -> None:
    sizes = {
        f"{module.place}:{node.lineno} {node.name}": length(node)
        for module in source_modules()
        for node in functions(module)
    }
    assert not verdict(sizes, FUNCTION_LINES)


def test_names_say_what_is_inside() -> None:
    assert not [module.place for module in source_modules() if BANNED_NAMES & set(module.name.split("."))]


def test_every_module_says_what_it_is() -> None:
    assert not [
        module.place for module in source_modules() if module.text.strip() and not ast.get_docstring(module.tree)
    ]


def test_ports_and_operations_are_described() -> None:
    wrong = [
        f"{module.place}:{node.lineno} {node.name}"
        for module in source_modules()
        if module.name.startswith(DESCRIBED)
        for node in public(module)
        if not ast.get_docstring(node)
    ]
    assert not wrong


def public(module: Module) -> list[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """What a module offers: its top-level classes and functions."""
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return [node for node in module.tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
