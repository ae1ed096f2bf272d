"""What instances printed, in pages both ways: nothing lost, nothing twice, and no more read than is shown."""

from __future__ import annotations

import itertools
import json
import os
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kr8.domain.redact import MASK, Redactor
from kr8.domain.target import LogQuery, Page
from kr8.drivers.local import logs
from kr8.drivers.local.outputs import ENDINGS, outputs
from kr8.supervisor.observed import Piece
from kr8.supervisor.output import MAX_LINE, Lines, LogFile

BEGAN = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
FILE = 8 * 1024 * 1024
LONG = 30_000
"""Characters of a line that is a good part of what is read at once."""
INSTANCES = ("rel_a-1", "rel_a-2", "rel_b-1")


def page_of(folder: Path, query: LogQuery, *secrets: str) -> Page:
    """A page with secrets masked."""
    return logs.page_of(folder, query, Redactor(secrets).piece)


def at(ms: int) -> str:
    """An instant as the supervisor writes it."""
    return (BEGAN + timedelta(milliseconds=ms)).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


class Folder:
    """A service's output as the supervisor leaves it, written by a clock of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ms = 0
        self.count = 0
        self.printed: list[tuple[str, str]] = []
        """Instance and text of each line, in the order of writing."""

    def say(self, instance: str, *texts: str) -> None:
        """Append lines that were read at once."""
        lines = [json.dumps({"at": at(self.ms), "stream": "stdout", "line": text}) + "\n" for text in texts]
        with (self.path / f"{instance}.jsonl").open("a") as file:
            file.write("".join(lines))
        self.printed += [(instance, text) for text in texts]

    def number(self, instance: str, lines: int, pad: int = 0) -> None:
        """Append lines that are all different."""
        self.say(instance, *(f"{self.count + each} ".ljust(pad, "x") for each in range(lines)))
        self.count += lines

    def rotate(self, instance: str) -> None:
        """Start another file."""
        names = [self.path / f"{instance}{ending}" for ending in ENDINGS]
        for older, younger in itertools.pairwise(reversed(names)):
            if younger.exists():
                younger.replace(older)

    def of(self, instance: str) -> list[str]:
        """What an instance printed."""
        return [text for name, text in self.printed if name == instance]


def read(folder: Folder, cursor: str | None = None, *, back: bool = False, limit: int = 1000) -> tuple[list[Page], str]:
    """All pages from a cursor on, or back from it, and the last cursor."""
    pages: list[Page] = []
    for _ in range(500):
        page = page_of(folder.path, LogQuery(cursor=cursor, back=back, limit=limit))
        assert len(page.lines) == limit if page.more else len(page.lines) <= limit
        pages.append(page)
        if not page.more:
            return pages, page.cursor or ""
        cursor = page.cursor
    raise AssertionError("it never came to an end")


def told(pages: Iterable[Page]) -> list[tuple[str, str]]:
    return [(line.instance, line.line) for page in pages for line in page.lines]


def own_order(lines: list[tuple[str, str]]) -> dict[str, list[str]]:
    return {instance: [text for name, text in lines if name == instance] for instance in INSTANCES}


DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(INSTANCES), st.integers(1, 3), st.sampled_from((0, 0, LONG))),
        st.tuples(st.just("rotate"), st.sampled_from(INSTANCES)),
        st.tuples(st.just("wait"), st.integers(1, 2)),
        st.tuples(st.just("read")),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(DEEDS, st.integers(1, 4))
def test_each_line_comes_once_onward_and_back_however_files_grow_and_rotate_meanwhile(
    deeds: list[tuple[str | int, ...]], limit: int
) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder, followed, cursor, rotated = Folder(Path(made)), list[Page](), "", 0
        for deed, *how in deeds:
            if deed == "say":
                folder.number(str(how[0]), int(how[1]), int(how[2]))
            elif deed == "rotate" and (rotated := rotated + 1) < len(ENDINGS):
                folder.rotate(str(how[0]))
            elif deed == "wait":
                folder.ms += int(how[0])
            elif deed == "read":
                pages, cursor = read(folder, cursor or None, limit=limit)
                followed += pages
                whole = told(read(folder, back=True, limit=limit)[0][::-1])
                assert sorted(whole) == sorted(folder.printed)
        followed += read(folder, cursor or None, limit=limit)[0]
        assert own_order(told(followed)) == own_order(folder.printed)
        backward = told(read(folder, back=True, limit=limit)[0][::-1])
        assert backward == told(read(folder, limit=limit)[0]), "one order, whichever way it is read"


def test_a_page_back_begins_where_it_was_asked_for_whatever_is_printed_meanwhile(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.number("rel_a-1", 3)
    last = page_of(tmp_path, LogQuery(back=True, limit=2))
    assert [line.line.strip() for line in last.lines] == ["1", "2"] and last.more
    folder.number("rel_a-1", 3)
    earlier = page_of(tmp_path, LogQuery(cursor=last.cursor, back=True))
    assert [line.line.strip() for line in earlier.lines] == ["0"]
    assert (earlier.more, earlier.cursor) == (False, None)
    onward = page_of(tmp_path, LogQuery(cursor=last.lines[-1].cursor))
    assert [line.line.strip() for line in onward.lines] == ["3", "4", "5"]


def test_a_line_of_the_same_instant_is_not_lost_because_another_instance_came_first(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.say("rel_a-2", "second instance")
    first = page_of(tmp_path, LogQuery())
    folder.say("rel_a-1", "first instance, later")
    folder.say("rel_a-2", "and again")
    then = page_of(tmp_path, LogQuery(cursor=first.cursor))
    assert [line.line for line in then.lines] == ["first instance, later", "and again"]
    assert page_of(tmp_path, LogQuery(cursor=then.cursor)).lines == ()


def test_files_that_rotate_between_being_seen_and_being_read_are_found_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for _ in range(3):
        folder.number("rel_a-1", 2)
        folder.ms += 1
        folder.rotate("rel_a-1")
    folder.number("rel_a-1", 2)
    (seen,) = outputs(tmp_path, lambda _: True)
    wanted = folder.of("rel_a-1")
    folder.rotate("rel_a-1")
    folder.number("rel_a-1", 2)
    assert [entry.piece.text for entry in seen.onward("")] == wanted
    assert [entry.piece.text for entry in seen.back(None)] == wanted[::-1]
    for path in tmp_path.iterdir():
        path.unlink()
    assert list(seen.back(None)) == list(seen.onward("")) == [], "what is gone is gone, and no error"


def test_what_is_no_whole_line_is_passed_over_until_it_is_one(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    path = tmp_path / "rel_a-1.jsonl"
    folder.say("rel_a-1", "one")
    with path.open("a") as file:
        file.write('{"at": "2026-01-05T12:00:00.000Z", "str\n{}\n')
        file.write('{"at": "yesterday", "stream": "stdout", "line": "x"}\n')
    folder.say("rel_a-1", "two")
    whole = json.dumps({"at": at(0), "stream": "stdout", "line": "three"}) + "\n"
    with path.open("a") as file:
        file.write(whole[:40])
    for back in (False, True):
        assert [line.line for line in page_of(tmp_path, LogQuery(back=back)).lines] == ["one", "two"]
    before = page_of(tmp_path, LogQuery())
    with path.open("a") as file:
        file.write(whole[40:])
    assert [line.line for line in page_of(tmp_path, LogQuery(cursor=before.cursor)).lines] == ["three"]


def test_the_last_lines_are_those_that_a_filter_leaves(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for number in range(20):
        folder.say("rel_a-1", f"a {number}")
        folder.say("rel_b-1", f"b {number}")
        folder.ms += 1

    def last(**query: object) -> list[str]:
        page = page_of(tmp_path, LogQuery.model_validate({"back": True, "limit": 3, **query}))
        return [line.line for line in page.lines]

    assert last() == ["b 18", "a 19", "b 19"]
    assert last(releases={"rel_a"}) == ["a 17", "a 18", "a 19"]
    assert last(releases=()) == []
    assert last(instance="rel_b-1") == ["b 17", "b 18", "b 19"]
    assert last(text=" 7") == ["a 7", "b 7"]
    assert last(since=BEGAN + timedelta(milliseconds=19)) == ["a 19", "b 19"]
    assert last(since=BEGAN + timedelta(milliseconds=18, microseconds=1)) == ["a 19", "b 19"]
    since = page_of(tmp_path, LogQuery(since=BEGAN + timedelta(milliseconds=18), limit=3))
    assert [line.line for line in since.lines] == ["a 18", "b 18", "a 19"] and since.more


@pytest.mark.parametrize("cursor", ["", "x", "2026|a", "2026-01-05|a=b", "2026-01-05T12:00:00.000Z|a=1=2"])
@pytest.mark.parametrize("back", [False, True])
def test_a_cursor_that_is_none_is_an_error(tmp_path: Path, cursor: str, back: bool) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        page_of(tmp_path, LogQuery(cursor=cursor, back=back))


def bytes_read() -> int:
    """What this process has read so far."""
    words = Path(f"/proc/{os.getpid()}/io").read_text().split()
    return int(words[words.index("rchar:") + 1])


def test_of_a_hundred_megabytes_no_more_is_read_than_an_answer_needs(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for _ in range(5):
        with (tmp_path / "rel_a-1.jsonl").open("w") as file:
            while file.tell() < FILE:
                line = json.dumps({"at": at(folder.ms), "stream": "stdout", "line": "x" * 200}) + "\n"
                file.write(line * 100)
                folder.ms += 1
        folder.rotate("rel_a-1")
    for instance, ending in itertools.product(("rel_a-2", "rel_a-3"), ENDINGS[1:]):
        os.link(tmp_path / f"rel_a-1{ending}", tmp_path / f"{instance}{ending}")
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) > 120 * 10**6
    before = bytes_read()
    last = page_of(tmp_path, LogQuery(back=True, limit=60))
    middle = page_of(tmp_path, LogQuery(cursor=at(folder.ms // 2), back=True, limit=60))
    onward = page_of(tmp_path, LogQuery(cursor=at(folder.ms // 2), limit=60))
    end = page_of(tmp_path, LogQuery(cursor=last.lines[-1].cursor, limit=60))
    assert bytes_read() - before < 10 * 10**6
    assert [len(each.lines) for each in (last, middle, onward, end)] == [60, 60, 60, 0]
    assert middle.lines[-1].at < onward.lines[0].at < last.lines[0].at


SECRET = "canary-" + "0123456789abcdefghijklmnopqrstuvwxy"
"""42 characters."""


@pytest.mark.parametrize("at_byte", [MAX_LINE - 1, MAX_LINE - 20, MAX_LINE - 41, 2 * MAX_LINE - 1])
@pytest.mark.parametrize("how", ["plain", "rotated", "still going on", "read by the next supervisor", "on stderr too"])
def test_a_secret_over_the_seam_of_two_pieces_is_masked_however_they_are_read(
    tmp_path: Path, at_byte: int, how: str
) -> None:
    data = b"A" * at_byte + SECRET.encode() + b"; and so on\n"
    if how == "still going on":
        data = data[: -(-at_byte // MAX_LINE) * MAX_LINE + 1]
    log = LogFile(tmp_path / "rel_a-1.jsonl", max_bytes=100 if how == "rotated" else FILE)
    for piece in _printed(data, at_byte + 9 if how == "read by the next supervisor" else len(data)):
        log.write("stdout", [piece])
        if how == "on stderr too":
            log.write("stderr", [Piece("between")])
    for back, limit in itertools.product((False, True), (1, 2, 100)):
        shown, cursor = "", None
        while True:
            page = page_of(tmp_path, LogQuery(cursor=cursor, back=back, limit=limit), SECRET)
            shown += "".join(line.line for line in page.lines)
            cursor = page.cursor
            if not page.more:
                break
        fragments = (SECRET[start : start + 4] for start in range(len(SECRET) - 3))
        assert not [each for each in fragments if each in shown], (back, limit)
        assert MASK in shown or how == "still going on"


def _printed(data: bytes, handed_over: int) -> list[Piece]:
    """What is captured of the data; from a byte on by another supervisor."""
    before, after = Lines(), Lines(begun=True)
    pieces = before.feed(data[:handed_over]) + before.close()
    return pieces + after.feed(data[handed_over:]) + after.close()


def test_what_is_left_of_a_line_whose_beginning_is_lost_shows_no_part_of_a_secret(tmp_path: Path) -> None:
    rest = Lines(begun=True).feed(f"{SECRET[2:]} said the shop\n".encode())
    LogFile(tmp_path / "rel_a-1.jsonl").write("stdout", rest)
    assert [line.line for line in page_of(tmp_path, LogQuery(), SECRET).lines] == [f"{MASK} said the shop"]


def test_a_secret_of_several_short_lines_is_masked_on_each_of_them(tmp_path: Path) -> None:
    Folder(tmp_path).say("rel_a-1", "key: abcd", "efgh", "ijkl", "abcd efgh")
    shown = [line.line for line in page_of(tmp_path, LogQuery(), "abcd\nefgh\nijkl").lines]
    assert shown == [f"key: {MASK}", MASK, MASK, "abcd efgh"]


def test_output_is_searched_as_it_is_shown(tmp_path: Path) -> None:
    Folder(tmp_path).say("rel_a-1", f"key: {SECRET}")
    assert page_of(tmp_path, LogQuery(text=SECRET[:9]), SECRET).lines == ()
