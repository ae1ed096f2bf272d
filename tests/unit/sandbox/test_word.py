"""The word of a home is made once, is its owner's alone, and nothing else is taken for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kr8.sandbox.word import HEADER, is_said, saying, word_of


def test_it_is_made_once_by_whoever_comes_first(tmp_path: Path) -> None:
    with ThreadPoolExecutor(20) as threads:
        made = set(threads.map(word_of, [str(tmp_path)] * 100))
    assert len(made) == 1 and len(made.pop()) == 32
    assert [path.name for path in tmp_path.iterdir()] == ["word"]
    assert (tmp_path / "word").stat().st_mode & 0o777 == 0o600


def test_it_is_a_line_that_curl_takes_for_a_header(tmp_path: Path) -> None:
    said = saying(str(tmp_path))
    assert (tmp_path / "word").read_text() == f"{HEADER}: {said[HEADER]}\n"


def test_nothing_else_is_taken_for_it(tmp_path: Path) -> None:
    run = str(tmp_path)
    assert is_said(run, word_of(run))
    assert not any(is_said(run, said) for said in (None, "", "ß", word_of(run)[:-1], word_of(run) + " "))
    assert not is_said(str(tmp_path / "none"), "")


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"X-Kr8-Word: \n", b"x" * 200])
def test_what_is_no_word_is_replaced(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "word").write_bytes(damage)
    found = word_of(str(tmp_path))
    assert len(found) == 32 and is_said(str(tmp_path), found)


def test_who_may_not_read_it_says_nothing(tmp_path: Path) -> None:
    assert saying(str(tmp_path / "none")) == {}
