"""What is said of an instance that failed, and when the next is tried."""

import pytest
from tests.support.payloads import PAYLOADS, has_payload

from kr8.supervisor import verdict
from kr8.supervisor.health import Answer, read
from kr8.supervisor.observed import Failure, Piece
from kr8.supervisor.process import Exit, exit_of
from kr8.supervisor.trouble import FLAPS, STABLE_S, Trouble, failed, ready

SICK = Answer("bad", "HTTP/1.1 503 no")
SILENT = Answer("silent", "no answer in 2 s")
WRONG = Answer("wrong_version", "x")
FAILURE = Failure("exited", "gone", "r", "r-1", "now")


@pytest.mark.parametrize(
    ("answers", "connected", "passed", "code"),
    [
        ((), False, False, "port_not_opened"),
        ((Answer("refused", "refused"),), False, False, "port_not_opened"),
        ((SICK,), True, False, "never_healthy"),
        ((SILENT,), True, False, "hangs"),
        ((Answer("ok", "fine"),), True, True, "never_healthy"),
    ],
)
def test_not_ready(answers: tuple[Answer, ...], connected: bool, passed: bool, code: str) -> None:
    assert verdict.not_ready(answers, connected, passed, 3, 8000).code == code


@pytest.mark.parametrize(
    ("over", "remaining", "oom", "code"),
    [
        (Exit(code=1), 0, False, "exited"),
        (Exit(signal=11), 0, False, "exited"),
        (Exit(), 0, False, "exited"),
        (Exit(code=0), 2, False, "forked_away"),
        (Exit(code=1), 2, False, "exited"),
        (Exit(signal=9), 0, True, "out_of_memory"),
        (Exit(signal=9), 0, False, "exited"),
        (Exit(signal=11), 0, True, "exited"),
    ],
)
def test_ended(over: Exit, remaining: int, oom: bool, code: str) -> None:
    assert verdict.ended(over, remaining, oom).code == code


def test_one_wrong_version_is_not_enough() -> None:
    assert verdict.wrong_version((WRONG, WRONG)) is None
    assert verdict.wrong_version((WRONG, SICK, WRONG, WRONG)) is None
    assert verdict.wrong_version((SICK, WRONG, WRONG, WRONG)) is not None


def test_a_hang_takes_a_while() -> None:
    assert verdict.hangs(verdict.HANG_S / 2) is None
    assert verdict.hangs(verdict.HANG_S) is not None


def test_memory_over_its_limit() -> None:
    assert verdict.too_big(100, None) is None
    assert verdict.too_big(100, 100) is None
    assert verdict.too_big(101 << 20, 100 << 20) is not None


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"HTTP/1.1 200 OK\r\nX-V: 2\r\n\r\n", "ok"),
        (b"HTTP/1.1 204 No Content\r\nx-v:2\r\n\r\n", "ok"),
        (b"HTTP/1.1 200 OK\r\nX-V: 1\r\n\r\n", "wrong_version"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "wrong_version"),
        (b"HTTP/1.1 503 Sick\r\n\r\nwhy", "bad"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n", "bad"),
        (b"SSH-2.0-x\r\n", "bad"),
        (b"", "bad"),
        (b"HTTP/1.1 abc\r\n\r\n", "bad"),
    ],
)
def test_answers_are_read(head: bytes, word: str) -> None:
    assert read(head, ("X-V", "2")).word == word


HEADS = {
    "reason": "HTTP/1.1 500 {}\r\n\r\n",
    "body": "HTTP/1.1 500 No\r\n\r\n{}",
    "no HTTP": "{}",
    "version": "HTTP/1.1 200 OK\r\nX-V: {}\r\n\r\n",
    "reason of a wrong version": "HTTP/1.1 200 {}\r\n\r\n",
    "status": f"HTTP/1.1 {'1' * 5000} {{}}\r\n\r\n",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_verdict_has_none_of_the_service_s_words(head: str) -> None:
    for payload in PAYLOADS:
        answer = read(head.replace("{}", payload).encode(), ("X-V", "2"))
        assert answer.said is not None
        assert payload in answer.said.text or "1111" in answer.said.text
        found = verdict.wrong_version((answer,) * 3) or verdict.not_ready((answer,), True, False, 3, 8000)
        assert not has_payload(found.what + answer.text)


def test_what_is_said_of_an_answer_has_its_status_and_what_was_expected() -> None:
    bad, other = read(b"HTTP/1.1 503 Sick\r\n\r\nwhy", None), read(b"HTTP/1.1 200 OK\r\nX-V: 1\r\n\r\n", ("X-V", "2"))
    assert verdict.not_ready((bad,), True, False, 3, 8000).what == "no healthy answer within 3 s; the last: status 503"
    assert other.text == "status 200, another X-V than 2"
    assert (bad.said, other.said) == (Piece("HTTP/1.1 503 Sick why", goes_on=True), Piece("1", goes_on=True))


def test_a_body_that_comes_in_chunks_is_read_as_one_text() -> None:
    head = b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhunter\r\n8;x=y\r\n2hunter2\r\n0\r\n\r\n"
    assert read(head, None).said == Piece("HTTP/1.1 500 No hunter2hunter2", goes_on=True)


def test_a_body_is_text_and_cut_between_characters() -> None:
    head = "HTTP/1.1 500 No\r\n\r\npässwört".encode()
    assert read(head, None).said == Piece("HTTP/1.1 500 No pässwört", goes_on=True)
    assert read(head[:-3], None).said == Piece("HTTP/1.1 500 No pässw", goes_on=True)


def test_a_release_that_never_got_ready_is_stuck_at_once() -> None:
    assert failed(Trouble(), FAILURE, was_ready=False, now=1.0).stuck


def test_a_crash_of_a_ready_instance_is_repaired_and_repeated_ones_are_flaps() -> None:
    trouble = Trouble()
    for n in range(FLAPS):
        assert not trouble.stuck
        trouble = failed(trouble, FAILURE, was_ready=True, now=float(n))
    assert trouble.stuck
    assert trouble.last is not None
    assert trouble.last.code == "flaps"
    assert ready(trouble, 1.0).stuck
    assert not ready(trouble, STABLE_S).stuck


def test_pauses_grow_and_are_bounded() -> None:
    trouble, pauses = Trouble(), list[float]()
    for _ in range(8):
        trouble = failed(trouble, FAILURE, was_ready=False, now=0.0)
        pauses.append(trouble.not_before)
    assert pauses == sorted(pauses)
    assert pauses[0] < 0.5
    assert pauses[-1] == 30.0
    assert ready(trouble, STABLE_S).row == 0


def test_exits() -> None:
    assert exit_of(-9) == Exit(signal=9)
    assert exit_of(3) == Exit(code=3)
    assert "not known" in Exit().text()
