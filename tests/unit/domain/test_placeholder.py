"""A placeholder is one as a whole: a word of it in a value makes that none."""

from __future__ import annotations

import pytest

from kr8.domain.placeholder import is_placeholder


def test_a_text_that_is_made_to_take_time_takes_none() -> None:
    assert not is_placeholder("*" * 100_000 + "a") and not is_placeholder("_*" * 99 + "a")


@pytest.mark.parametrize(
    "text",
    [
        "changeme",
        "change-me",
        "CHANGE_ME_123",
        "ChangeMe",
        "replace-with-your-password",
        "REPLACE_ME",
        "your_api_key_1",
        "YourPasswordHere",
        "example",
        "examplePassword1",
        "<password>",
        "<your password 1>",
        "[redacted]",
        "xxxxxxxx",
        "********",
        "...",
        "00000000000000000000",
        "todo",
        "placeholder\n",
    ],
)
def test_words_of_who_asks_for_a_value(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "password",
        "hunter2",
        "S3cret-example-9f3a77c1",
        "postgres://shop:hunter2@db.example.com/shop",
        "hunter2@db.example.com",
        "todo-kJ8s2Lq0xPz71mN4",
        "fakeLq0xPz71mN4kJ8s2",
        "replaced",
        "my-secret-token",
        "kJ8s2xxxxLq0xPz71mN4",
        "kJ8s2<b>Lq0xPz71mN4",
    ],
)
def test_values_with_such_a_word_in_them(text: str) -> None:
    assert not is_placeholder(text)
