"""Dependencies are passed in, so tests have next to nothing to patch."""

import ast

from tests.support.tree import ROOT, Module, functions, modules

PATCHES_PER_TEST = 0.05


def test_next_to_nothing_is_patched() -> None:
    tests = modules(ROOT / "tests")
    count = sum(1 for module in tests for node in functions(module) if node.name.startswith("test_"))
    places = [place for module in tests for place in patches(module)]
    assert len(places) <= PATCHES_PER_TEST * count, "\n".join(places)


def patches(module: Module) -> list[str]:
    """Where a module patches: `monkeypatch.setattr`, `setitem`, or anything of `mock.patch`."""
    found = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call) and is_patch(ast.unparse(node.func))]
    return [f"{module.place}:{node.lineno}" for node in found]


def is_patch(call: str) -> bool:
    """Whether a called expression replaces something from outside."""
    return call in {"monkeypatch.setattr", "monkeypatch.setitem", "patch"} or call.startswith(
        ("patch.", "mock.patch", "mocker.")
    )
