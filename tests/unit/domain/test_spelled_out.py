"""Words that a search for their letters does not find, and readers of YAML and JSON do."""

from __future__ import annotations

import json

import pytest
import yaml

from kr8.domain.spelled_out import spelled_out

WORD = "apiVersion"
SPELLED = [
    '"api\\x56ersion"',
    '"api\\u0056ersion"',
    '"api\\U00000056ersion"',
    '"\\x61\\x70iVersion"',
    '"api\\\n   Version"',
    '"api\\\r\n\tVersion"',
]


@pytest.mark.parametrize("text", SPELLED)
def test_a_word_that_yaml_reads_is_found(text: str) -> None:
    assert yaml.safe_load(text) == WORD
    assert WORD.encode() in spelled_out(text.encode())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_so_it_is_in_other_encodings(encoding: str) -> None:
    assert yaml.safe_load(WORD.encode(encoding)) == WORD
    assert WORD.encode() in spelled_out(WORD.encode(encoding))


def test_a_word_that_json_reads_is_found() -> None:
    text = '{"api\\u0056ersion": "v1"}'
    assert json.loads(text) == {WORD: "v1"}
    assert spelled_out(text.encode()) == b'{"apiVersion": "v1"}'


def test_what_is_written_plainly_stays() -> None:
    assert spelled_out(b"a: \\d+\0\xff") == b"a: \\d+\0\xff"
