"""Settings, and where each came from."""

from __future__ import annotations

import tomllib

import pytest
from tests.support.tree import ROOT

from kr8.settings import Listen, SettingError, parse_listen, read_settings
from kr8.version import VERSION


def test_defaults_need_nothing() -> None:
    settings = read_settings({"XDG_DATA_HOME": "/x"})
    assert settings.home.root == "/x/kr8" and settings.database == "sqlite:////x/kr8/kr8.db"
    assert settings.listen is None and settings.haproxy is None
    assert set(settings.sources.values()) == {"default"}


def test_a_flag_goes_before_the_environment_and_each_says_where_it_came_from() -> None:
    environ = {"KR8_HOME": "/k", "KR8_LISTEN": "127.0.0.1:1"}
    settings = read_settings(environ, {"--listen": "[::1]:8700"})
    assert settings.listen == Listen("::1", 8700) and str(settings.listen) == "[::1]:8700"
    assert settings.sources["KR8_LISTEN"] == "--listen"


@pytest.mark.parametrize(
    "environ", [{"KR8_LISTEN": "8700"}, {"KR8_LISTEN": "somewhere:1"}, {"KR8_LISTEN": "127.0.0.1:70000"}]
)
def test_a_wrong_value_is_refused_by_the_name_of_its_source(environ: dict[str, str]) -> None:
    with pytest.raises(SettingError, match=next(iter(environ))):
        read_settings({"KR8_HOME": "/k", **environ})


@pytest.mark.parametrize(
    ("text", "loopback"),
    [("127.0.0.1:1", True), ("127.9.9.9:1", True), ("[::1]:1", True), ("localhost:1", True)]
    + [(far, False) for far in ("0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[::ffff:10.0.0.1]:1")],
)
def test_what_only_this_machine_reaches_is_known(text: str, loopback: bool) -> None:
    assert parse_listen(text).is_loopback() is loopback


def test_there_is_one_version() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
