"""Backticks become $( ) where no shell reads the two otherwise."""

from __future__ import annotations

import json

import pytest

from kr8.drivers.shellcheck.edits import edits


def comment(line: int, first: int, last: int, code: int = 2006, end: int | None = None) -> dict[str, object]:
    """What shellcheck says of backticks in these columns."""
    one = {"line": line, "endLine": line, "column": first, "endColumn": first + 1, "replacement": "$("}
    two = {"line": end or line, "endLine": end or line, "column": last, "endColumn": last + 1, "replacement": ")"}
    return {"file": "./a.sh", "line": line, "code": code, "fix": {"replacements": [two, one]}}


def mended(text: str, *comments: dict[str, object]) -> list[str]:
    """The new lines."""
    made = edits(json.dumps({"comments": list(comments)}).encode(), {"a.sh": text})
    return [line for each in made for line in each.new]


def of_backticks(line: str) -> list[str]:
    """The line, mended, where it has one pair of backticks alone."""
    return mended(line, comment(1, line.index("`") + 1, line.rindex("`") + 1))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a=`date +%s`", "a=$(date +%s)"),
        ('b="`uname -r`/x"', 'b="$(uname -r)/x"'),
        ("\tc=`echo ü $x`", "\tc=$(echo ü $x)"),
        ('d=`echo "x y"`', 'd=$(echo "x y")'),
        ("e=`awk '{print ($1)}' f`", "e=$(awk '{print ($1)}' f)"),
    ],
)
def test_what_means_the_same_is_mended(line: str, told: str) -> None:
    assert of_backticks(line) == [told]


@pytest.mark.parametrize(
    "line",
    [
        "a=`echo \\$x`",
        'b="`echo "x y"`"',
        "c=`case $x in a) echo 1;; esac`",
        "d=`(cd /; ls)`",
        "e=`echo ')'`",
        "f=`ls # all`",
    ],
)
def test_what_a_shell_may_read_otherwise_is_left(line: str) -> None:
    assert of_backticks(line) == []


def test_several_in_a_line_are_one_edit() -> None:
    line = "x=`a`/`b`"
    assert mended(line, comment(1, 3, 5), comment(1, 7, 9)) == ["x=$(a)/$(b)"]


def test_what_is_in_several_lines_of_another_rule_or_not_there_is_left() -> None:
    assert mended("x=`a\nb`", comment(1, 3, 2, end=2)) == []
    assert mended("x=`a`", comment(1, 3, 5, code=2086)) == []
    assert mended("x=$(a)", comment(1, 3, 5)) == [] and mended("", comment(9, 3, 5)) == []
