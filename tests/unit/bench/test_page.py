"""The page of benchmarks says of each number that is not kept why, or that nobody knows."""

import ast
from pathlib import Path

import pytest
from bench.page import CAUSES, cause, causes_of, page
from bench.row import Row, at_most

WHERE = "Written by `make bench` on a quiet machine."
CAUSES_TOLD = causes_of(
    """\
# Why

Not for any row.

## a call

It reads
two lines.

It writes one.

## a call by another client

That client is slow.

## nothing said

"""
)


def below(*rows: Row) -> str:
    """What stands below the table."""
    return page(rows, WHERE, CAUSES_TOLD).partition(rows[-1].line())[2]


def test_a_number_that_is_kept_needs_no_cause() -> None:
    kept = at_most("a call, p50", 1, 0.5, "ms")
    assert page([kept], WHERE, CAUSES_TOLD) == (
        f"# Benchmarks\n\n{WHERE}\n\n| what | kept | measured | met | note |\n|---|---|---|---|---|\n{kept.line()}\n"
    )


def test_each_number_that_is_not_kept_has_its_cause_below_the_table() -> None:
    assert below(at_most("a call, p50", 1, 2, "ms"), at_most("kept", 1, 1, "ms"), at_most("other", 1, 2, "ms")) == (
        "\n\n## What is not met, and why\n\n"
        "- **a call, p50**: It reads two lines. It writes one.\n"
        "- **other**: cause not known.\n"
    )


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("a call by another client, p50", "That client is slow."),
        ("a call by a third client, p50", "It reads two lines. It writes one."),
        ("a cal", "cause not known."),
        ("nothing said, the worst", "cause not known."),
    ],
)
def test_the_longest_heading_that_a_name_begins_with_counts(what: str, why: str) -> None:
    assert cause(what, CAUSES_TOLD) == why


def test_each_cause_that_is_kept_is_of_a_row_that_is_measured() -> None:
    modules = [ast.parse(path.read_text()) for path in Path(CAUSES).parent.glob("*.py")]
    named = [
        node.value
        for module in modules
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    causes = causes_of(CAUSES.read_text())
    assert causes and all(causes.values())
    assert not [name for name in causes if not any(text.startswith(name) for text in named)]
