"""What a tool says becomes a headline of its own words, with nothing in it that it quotes."""

from __future__ import annotations

import pytest

from kr8.domain.headline import headline


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            "Double quote to prevent globbing and word splitting.",
            "Double quote to prevent globbing and word splitting.",
        ),
        ("Pin versions. Instead of `a <b>` use `c`", "Pin versions."),
        ("code injection via template expansion", "Code injection via template expansion."),
        ("Use 'cd ... || exit' in case cd fails.", "Use … in case cd fails."),
        ("Don't use ls | grep. Use a glob", "Don't use ls | grep."),
        ("Jinja2 spacing could be improved: ignore {{all}} -> x", "Jinja2 spacing could be improved."),
        ('duplication of key "x" Approve every plan "y" in mapping', "Duplication of key … in mapping."),
        ('label "do this instead" is unknown. available are', "Label … is unknown."),
        ("Avoid additional packages by specifying `--no-x`", "Avoid additional packages by specifying …"),
        (
            "foo is referenced but not assigned (did you mean 'bar'?).",
            "Foo is referenced but not assigned (did you mean …?).",
        ),
    ],
)
def test_the_first_sentence_without_what_it_quotes(message: str, told: str) -> None:
    assert headline(message, "None.") == told


@pytest.mark.parametrize(
    "message",
    [
        "",
        "word",
        "a type {b: string} is none",
        'an unclosed "quote of the file',
        "Use the `-y` switch to avoid manual input `apt-get -y install <package>`",
        "unexpected 'quote",
        "x " * 100,
        "tab\x1b[1m here it is",
    ],
)
def test_what_may_be_words_of_a_file_is_no_headline(message: str) -> None:
    assert headline(message, "None.") == "None."
