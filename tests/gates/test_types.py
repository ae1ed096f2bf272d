"""Two type checkers, both strict, and no blanket way around them."""

import json
import os
import subprocess

from bench.source import TYPE_CHECKERS, blanket_ignores
from tests.support.tree import ROOT, check, tool


def test_mypy_strict() -> None:
    check(tool(*TYPE_CHECKERS["mypy"]))


def test_pyright_strict() -> None:
    os.environ["PYRIGHT_PYTHON_IGNORE_WARNINGS"] = "1"  # it asks the network for a newer self otherwise
    check(tool(*TYPE_CHECKERS["pyright"]))


def test_tests_call_what_there_is() -> None:
    """Not typed strictly, but no test, demo or benchmark calls a function that takes other arguments by now."""
    argv = tool(*TYPE_CHECKERS["pyright"], "--outputjson", "tests", "demo", "bench")
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    said = json.loads(done.stdout)
    assert said["summary"]["filesAnalyzed"] > 300
    wrong = [each for each in said["generalDiagnostics"] if each.get("rule") == "reportCallIssue"]
    assert not wrong, json.dumps(wrong, indent=1)


def test_no_blanket_ignores() -> None:
    assert not blanket_ignores()
