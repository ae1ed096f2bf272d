"""The text of HCL; the real parser reads it in tests/integration/test_hostile_hcl.py."""

import pytest

from kr8.generators.hcl import Attribute, Block, Expression, Gap, attributes, document, quoted


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain é 漢", '"plain é 漢"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("${x}", '"$${x}"'),
        ("%{ if x }", '"%%{ if x }"'),
        ("$${x}", '"$\\u0024{x}"'),
        ("%%{x}", '"%\\u0025{x}"'),
        ("$%{x}", '"$%%{x}"'),
        ("$5 and 10%", '"$5 and 10%"'),
        ("a\nb\tc\x00", '"a\\nb\\tc\\u0000"'),
        ("\u202e\u200f\ufeff", '"\\u202e\\u200f\\ufeff"'),
        ("e\u0301", '"e\\u0301"'),
        ("\U0001f600", '"\\U0001f600"'),
    ],
)
def test_a_text_is_escaped(text: str, written: str) -> None:
    assert quoted(text) == written


def test_a_document_is_laid_out_as_fmt_does() -> None:
    block = Block(
        "resource",
        ("aws_thing", "this"),
        (
            *attributes(name="x", count=Expression("var.on ? 1 : 0")),
            Attribute("rate", 0.5, "Half of it."),
            Gap(),
            *attributes(tags={"a b": 1, "Name": True, "null": None}, empty={}, list=["a", 1]),
            Block("inner", body=attributes(deep=[{"x": 1}])),
            Block("none"),
        ),
        "Why it is here.",
    )
    assert document([block], "Made by a test.\nTwice.") == DOCUMENT


def test_a_long_list_has_a_line_for_each() -> None:
    text = document(attributes(list=["x" * 60, "y" * 60]))
    assert text == f'list = [\n  "{"x" * 60}",\n  "{"y" * 60}",\n]\n'


DOCUMENT = """\
# Made by a test.
# Twice.

# Why it is here.
resource "aws_thing" "this" {
  name  = "x"
  count = var.on ? 1 : 0

  # Half of it.
  rate = 0.5

  tags = {
    "a b"  = 1
    Name   = true
    "null" = null
  }
  empty = {}
  list  = ["a", 1]

  inner {
    deep = [
      {
        x = 1
      },
    ]
  }

  none {}
}
"""
