"""ruff, the linter and the formatter."""

from tests.support.tree import check, tool


def test_ruff_check() -> None:
    check(tool("ruff", "check", "--quiet", "."))


def test_ruff_format() -> None:
    check(tool("ruff", "format", "--check", "--quiet", "."))
