"""Output: lines cut from bytes, files rotated, a full disk survived."""

import json
import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kr8.supervisor.exits import recorded
from kr8.supervisor.journal import Journal
from kr8.supervisor.observed import Piece
from kr8.supervisor.output import Lines, LogFile
from kr8.supervisor.process import Exit
from kr8.supervisor.procfs import listeners, parse_stat


@given(st.binary(max_size=400), st.integers(0, 1000))
def test_lines_do_not_depend_on_how_bytes_arrive(data: bytes, seed: int) -> None:
    whole, cut = Lines(limit=10_000), Lines(limit=10_000)
    expected = whole.feed(data) + whole.close()
    found: list[Piece] = []
    rest = data
    while rest:
        n = random.Random(seed + len(rest)).randint(1, 7)
        found += cut.feed(rest[:n])
        rest = rest[n:]
    assert found + cut.close() == expected


def test_a_line_that_is_too_long_comes_in_pieces() -> None:
    lines = Lines(limit=4)
    assert lines.feed(b"123456789") == [Piece("1234", goes_on=True), Piece("5678", continues=True, goes_on=True)]
    assert lines.feed(b"\nab\n") == [Piece("9", continues=True), Piece("ab")]


def test_what_has_no_end_of_line_may_go_on_with_whoever_reads_next() -> None:
    before, after = Lines(), Lines(begun=True)
    assert before.feed(b"one\ntw") == [Piece("one")]
    assert before.close() == [Piece("tw", goes_on=True)]
    assert after.feed(b"o\nthree\n") == [Piece("o", continues=True), Piece("three")]


@given(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), min_size=1), st.integers(4, 9))
def test_no_character_is_cut_in_two(text: str, limit: int) -> None:
    lines = Lines(limit=limit)
    pieces = lines.feed(text.encode()) + lines.feed(b"\n")
    assert "".join(piece.text for piece in pieces) == text
    assert all(len(piece.text.encode()) <= limit for piece in pieces)
    assert [piece.goes_on for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert [piece.continues for piece in pieces] == [False] + [True] * (len(pieces) - 1)


def test_half_a_character_where_reading_began_or_ended_is_left_out() -> None:
    lines = Lines(begun=True)
    assert lines.feed("ö".encode()[1:] + "secret ü".encode()[:-1]) == []
    assert lines.close() == [Piece("secret ", continues=True, goes_on=True)]


def test_files_rotate_and_are_bounded(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "web" / "a.jsonl", max_bytes=300, files=3)
    for n in range(50):
        log.write("stdout", [Piece(f"line {n} \u202e ${{x}}")])
    files = sorted((tmp_path / "web").iterdir())
    assert [f.name for f in files] == ["a.jsonl", "a.jsonl.1", "a.jsonl.2"]
    assert all(f.stat().st_size <= 300 for f in files)
    last = json.loads(files[0].read_text().splitlines()[-1])
    assert (last["stream"], last["line"]) == ("stdout", "line 49 \u202e ${x}")
    assert last.keys() == {"at", "stream", "line"}


def test_a_piece_says_in_the_file_where_its_line_was_cut(tmp_path: Path) -> None:
    LogFile(tmp_path / "a.jsonl").write("stderr", [Piece("a", goes_on=True), Piece("b", continues=True)])
    cut = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert [(each.get("continues"), each.get("goes_on")) for each in cut] == [(None, True), (True, None)]


def test_a_refused_write_loses_lines_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "web").write_text("a file where the folder should be")
    log = LogFile(tmp_path / "web" / "a.jsonl")
    log.write("stdout", [Piece("x"), Piece("y")])
    assert log.lost == 2


def test_the_journal_goes_on_after_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).write("one", "a", why="x")
    with path.open("a") as file:
        file.write('{"seq": 2, "at": "to')
        file.write("\n")
    journal = Journal(path)
    journal.write("two", "b")
    assert [(e.seq, e.event) for e in journal.since(0)] == [(1, "one"), (2, "two")]
    assert [e.event for e in journal.since(1)] == ["two"]


def test_a_stat_line_with_a_hostile_name() -> None:
    found = parse_stat("42 (a) (b c) S 7 42 40 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 999 1000 10 0 0\n")
    assert (found.pid, found.name, found.state) == (42, "a) (b c", "S")
    assert (found.parent, found.session, found.start) == (7, 40, 999)
    assert found.cpu_s == 2.0


def test_who_listens_is_read_from_the_table() -> None:
    table = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1\n"
        "   1: 0100007F:1F40 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 778 1\n"
    )
    assert listeners(table, 8000) == {"777"}
    assert listeners(table, 8001) == set()


def test_exit_codes_are_read_back(tmp_path: Path) -> None:
    for text, over in (("0\n", Exit(code=0)), ("137", Exit(signal=9)), ("x", Exit()), ("", Exit())):
        (tmp_path / "exit").write_text(text)
        assert recorded(tmp_path / "exit") == over
    assert recorded(tmp_path / "none") == Exit()
