"""Small files, small functions, names that say what is inside, and a sentence where a reader needs one."""

import ast
from collections.abc import Mapping

from bench.source import FILE_LINES, FUNCTION_LINES, banned_names, file_lines, function_lines, spread
from tests.support.tree import Module, source_modules

DESCRIBED = ("kr8.ports", "kr8.operations")


def verdict(sizes: Mapping[str, int], limits: Mapping[str, int]) -> str:
    """What is over its limit, and the largest ones; empty when all is well."""
    measured = spread(sizes.values())
    over = [f"{name} {measured[name]:g} > {limit}" for name, limit in limits.items() if measured[name] > limit]
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:10]
    return "; ".join(over) and "; ".join(over) + "\n" + "\n".join(f"{lines:5} {place}" for place, lines in largest)


def test_files_are_small() -> None:
    assert not verdict(file_lines(), FILE_LINES)


def test_functions_are_small() -> None:
    assert not verdict(function_lines(), FUNCTION_LINES)


def test_names_say_what_is_inside() -> None:
    assert not banned_names()


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
