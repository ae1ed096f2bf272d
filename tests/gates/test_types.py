"""Two type checkers, both strict, and no blanket way around them."""

import os

from bench.source import TYPE_CHECKERS, blanket_ignores
from tests.support.tree import check, tool


def test_mypy_strict() -> None:
    check(tool(*TYPE_CHECKERS["mypy"]))


def test_pyright_strict() -> None:
    os.environ["PYRIGHT_PYTHON_IGNORE_WARNINGS"] = "1"  # it asks the network for a newer self otherwise
    check(tool(*TYPE_CHECKERS["pyright"]))


def test_no_blanket_ignores() -> None:
    assert not blanket_ignores()
