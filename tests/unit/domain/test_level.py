"""The level of a line is the one that it names itself."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kr8.domain.level import level_of

NAMED = [
    ("error", "ERROR the database is gone"),
    ("error", "ERROR:root:the database is gone"),
    ("error", "error: unexpected argument"),
    ("error", "Error: listen EADDRINUSE"),
    ("error", "[error] 7#7: *1 connect() failed"),
    ("error", "2026-11-29 03:00:00,123 ERROR shop.orders: no"),
    ("error", "2026-11-29 03:00:00,123 - shop.orders - ERROR - no"),
    ("error", "[2026-11-29 03:00:00 +0000] [123] [CRITICAL] WORKER TIMEOUT"),
    ("error", "2026/11/29 03:00:00 [alert] 7#7: no"),
    ("error", "time=2026-11-29T03:00:00.000Z level=ERROR msg=no"),
    ("error", "level=fatal msg=no"),
    ("error", '{"level":"error","msg":"no"}'),
    ("error", '{"severity": "CRITICAL", "message": "no"}'),
    ("error", '{"time":1,"level":50,"msg":"no"}'),
    ("error", '{"level":60}'),
    ("error", "\x1b[31mERROR\x1b[0m no"),
    ("warning", "WARNING:  slow"),
    ("warning", "2026-11-29T03:00:00Z WARN slow"),
    ("warning", '{"levelname": "WARNING"}'),
    ("warning", '{"level":40}'),
    ("info", "INFO:     Started server process [7]"),
    ("info", '{"level":"info","msg":"ERROR is what somebody typed"}'),
    ("info", "2026-11-29 03:00:00 INFO request for /ERROR"),
    ("debug", "DEBUG sql"),
    ("debug", '{"level":10}'),
]
UNNAMED = [
    "",
    "listening on 8000",
    "no ERROR here",
    "Error handling is on",
    "errors=0",
    "ERRORS 0",
    "ERROR_PAGE=/500.html",
    "informed: yes",
    "level up",
    "the level=error",
    '{"msg":"ERROR"}',
    '{"level":"loud"}',
    '{"level":["error"]}',
    '{"level":',
    '{"a":' * 4000,
    "[1, 2]",
    "Traceback (most recent call last):",
]


@pytest.mark.parametrize(("level", "line"), NAMED)
def test_a_line_has_the_level_that_it_names_whichever_stream_it_comes_on(level: str, line: str) -> None:
    assert {level_of(line), level_of(line, stderr=True)} == {level}


@pytest.mark.parametrize("line", UNNAMED)
def test_a_line_that_names_none_is_a_warning_on_stderr_and_else_nothing_but_information(line: str) -> None:
    assert (level_of(line), level_of(line, stderr=True)) == ("info", "warning")


@given(st.text(max_size=400) | st.text('0123456789[]:- {"', max_size=400))
@example('{"a":' * 100_000)
@example("[" * 16_000)
@example("0:" * 8_000)
def test_any_line_has_a_level(line: str) -> None:
    assert level_of(line) in ("debug", "info", "warning", "error")
