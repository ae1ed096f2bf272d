"""Edits of text: made from the last to the first, and only where their lines stand."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kr8.domain.edits import Edit, applied, difference


def edit(line: int, old: str, new: str, rule: str = "a/b") -> Edit:
    return Edit(rule=rule, path="f", line=line, old=tuple(old.split("\n")), new=tuple(new.split("\n")))


def test_edits_are_made_whatever_their_order_and_length() -> None:
    text = "a\nb\nc\nd\n"
    two = (edit(1, "a", "A\nA2"), edit(3, "c\nd", "C"))
    assert applied(text, two) == applied(text, reversed(two)) == ("A\nA2\nb\nC\n", two)


@pytest.mark.parametrize("wrong", [edit(1, "x", "y"), edit(9, "a", "y"), edit(2, "b\nX", "y"), edit(1, "a", "a")])
def test_an_edit_whose_lines_do_not_stand_there_is_not_made(wrong: Edit) -> None:
    assert applied("a\nb\nc", [wrong]) == ("a\nb\nc", ())


def test_of_two_that_overlap_the_later_is_made() -> None:
    after, made = applied("a\nb\nc\n", [edit(1, "a\nb", "x"), edit(2, "b\nc", "y")])
    assert after == "a\ny\n" and [each.line for each in made] == [2]


def test_the_same_edit_of_two_rules_or_twice_is_made_once() -> None:
    after, made = applied("a\n", [edit(1, "a", "b"), edit(1, "a", "b"), edit(1, "a", "b", "c/d")])
    assert after == "b\n" and len(made) == 1


def test_line_ends_and_a_missing_last_one_stay() -> None:
    assert applied("a\r\nb\r\nc", [edit(2, "b\r", "B\r")])[0] == "a\r\nB\r\nc"


LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=6), max_size=6)


@settings(max_examples=20, deadline=None)
@given(before=LINES, after=LINES)
def test_a_difference_is_one_that_git_applies(before: list[str], after: list[str]) -> None:
    old, new = "\n".join(before), "\n".join(after)
    if old == new or not old or not new:
        return
    with TemporaryDirectory() as folder:
        Path(folder, "f").write_text(old, newline="")
        told = difference("f", old, new).encode()
        subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=folder, input=told, check=True)
        assert Path(folder, "f").read_bytes() == new.encode()
