"""A path of kr8.toml, as a request and a health check of the supervisor have it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kr8.drivers.local.ask import url_path
from kr8.supervisor.wire import RunSpec

RUN = RunSpec(("serve",), "/")


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/", "/"),
        ("/healthz", "/healthz"),
        ("/größe", "/gr%C3%B6%C3%9Fe"),
        ("/already%20encoded", "/already%20encoded"),
        ("/a?b=c&d=it's", "/a?b=c&d=it's"),
        ('/"quoted"', "/%22quoted%22"),
    ],
)
def test_a_path_is_asked_for_as_a_url_has_it(path: str, asked: str) -> None:
    assert url_path(path) == asked


@given(st.from_regex(r"^/[^\s]*$", fullmatch=True))
def test_every_path_that_kr8_toml_takes_is_one_that_the_supervisor_takes(path: str) -> None:
    assert replace(RUN, health=url_path(path)).health
