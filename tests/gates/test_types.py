"""Two type checkers, both strict, and no blanket way around them."""

import os
import re
import sys

from tests.support.tree import check, source_modules, tool

BLANKET = re.compile(r"#\s*type:\s*ignore(?!\[)|#\s*pyright:\s*(basic|standard|ignore(?!\[)|report)|#\s*mypy:")


def test_mypy_strict() -> None:
    check(tool("mypy"))


def test_pyright_strict() -> None:
    os.environ["PYRIGHT_PYTHON_IGNORE_WARNINGS"] = "1"  # it asks the network for a newer self otherwise
    check(tool("pyright", "--pythonpath", sys.executable))


def test_no_blanket_ignores() -> None:
    wrong = [
        f"{module.place}:{number}: {line.strip()}"
        for module in source_modules()
        for number, line in enumerate(module.text.splitlines(), 1)
        if BLANKET.search(line)
    ]
    assert not wrong
