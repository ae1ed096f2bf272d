"""TOML as it comes: what is read of it, and what would keep a reader busy or bring it down."""

from __future__ import annotations

import pytest

from kr8.domain.toml_text import DEEPEST, MOST_DOTS, loads

LONG_KEY = ".".join("a" * (MOST_DOTS + 2))
"""A megabyte of it took the library hours."""
QUOTES = ['"', "'", '"""', "'''", '""""', '"""""']


@pytest.mark.parametrize(
    "before",
    [
        "",
        "[",
        "x = {y = 1, ",
        "# '''\n",
        *(f"x = {quote[:3]}b{quote}\n" for quote in QUOTES),
        *(f"x = {{y = {quote[:3]}b{quote}, " for quote in QUOTES),
        'x = {y = """\n\'""", ',
        'x = "\\""\n"\\""."\\"".',
        "x = {y = '''\n\"''', ",
        'x = """\\"""\'"""\n',
    ],
)
def test_a_key_of_many_parts_is_refused_before_it_is_read_whatever_stands_before_it(before: str) -> None:
    with pytest.raises(ValueError, match="more than 100 dots"):
        loads(f"{before}{LONG_KEY} = 1\n")


def test_it_is_said_on_which_line_that_is() -> None:
    with pytest.raises(ValueError, match=r"at line 5\b"):
        loads(f'a = """\n.\n"""\nb = 1\n{LONG_KEY} = 1\n')


@pytest.mark.parametrize(
    "text", [f"[x]\na = {'[' * 5000}", f"a = {'[' * 150}{']' * 150}", "a = " + "[\n{a.a.a.a = " * 30 + "1" + "}]" * 30]
)
def test_what_is_nested_deep_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nested too deep"):
        loads(text)


def test_dots_in_texts_and_comments_and_on_many_lines_are_no_keys() -> None:
    dots = "a." * 300
    text = f"a = '{dots}'\nb = \"{dots}\"\nc = '''\n{dots}\n'''\nd = \"\"\"\n{dots}\n\"\"\"\n# {dots}\n"
    assert loads(text)["a"] == dots
    assert len(loads("x = [\n" + "1.5,\n" * 500 + "]\n")["x"]) == 500


def test_values_are_as_deep_as_anybody_writes() -> None:
    deep = DEEPEST // 2
    assert loads(f"{'.'.join('a' * deep)} = {'[' * (deep - 1)}{']' * (deep - 1)}\n")
