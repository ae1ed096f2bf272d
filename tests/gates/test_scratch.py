"""No module says where its temporary files lie: the daemon says it once, for all (kr8.surfaces.serve.scratch)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.tree import ROOT

SOURCE = ROOT / "src" / "kr8"
SETTLES = "surfaces/serve/scratch.py"
SAYS_WHERE = {SETTLES, "sandbox/places.py", "generators/kubernetes/container.py"}
"""Who may name such a folder: who settles it, what is withheld from builds, and what a container has."""
IN_THE_HOME = {"drivers/git/copies.py", "drivers/git/driver.py", "drivers/terraform/packed.py"}
"""Who makes what it renames to its place, and so beside it; and copies, in a folder among the daemon's own."""
PUBLIC = ("/tmp", "/var/tmp", "/dev/shm", "/run/user")
MAKERS = {"TemporaryDirectory", "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "mkdtemp", "mkstemp"}


def modules() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if "/files/" not in name:  # what templates make is no part of kr8
            yield name, ast.parse(path.read_text())


def test_no_module_names_a_folder_that_everybody_may_write() -> None:
    named = {
        f"{name}:{node.lineno} {text}"
        for name, tree in modules()
        for node, text in texts(tree)
        if any(text == each or text.startswith(f"{each}/") for each in PUBLIC)
        if name not in SAYS_WHERE
    }
    assert not named, "the home is closed to what kr8 builds and runs, and these are not"


def test_no_module_has_its_temporary_files_elsewhere() -> None:
    wrong = {name for name, tree in modules() for node in ast.walk(tree) if elsewhere(node)}
    assert wrong == IN_THE_HOME


def test_nobody_else_settles_it() -> None:
    setting = {
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "tempdir"
    }
    assert setting == {SETTLES}


def texts(tree: ast.AST) -> Iterator[tuple[ast.Constant, str]]:
    """Every text, and of those that are put together what they begin with."""
    put_together = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    later = {id(piece) for node in put_together for piece in node.values[1:]}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in later:
            yield node, node.value


def elsewhere(node: ast.AST) -> bool:
    """Whether it makes a temporary file where `dir` says."""
    if not isinstance(node, ast.Call):
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return called in MAKERS and any(given.arg == "dir" for given in node.keywords)


def test_the_gate_sees_one() -> None:
    (call,) = [node for node in ast.walk(ast.parse("mkdtemp(dir='/x')")) if isinstance(node, ast.Call)]
    assert elsewhere(call) and Path(SOURCE, SETTLES).exists()
