"""Names and limits of a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kr8.supervisor.proxy.table import Frontend, Server, proxy_name, service_key


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_every_key_maps_to_a_safe_name_and_back(key: str) -> None:
    name = proxy_name(key)
    assert all(letter.isascii() and (letter.isalnum() or letter in "_.-:") for letter in name)
    assert service_key(name) == key


def test_an_ordinary_key_is_its_own_name() -> None:
    assert proxy_name("prj_7k2m9q.production.web") == "prj_7k2m9q.production.web"


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a\nserver x", "a/b", "x" * 121, "é"])
def test_a_server_name_that_haproxy_would_misread_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="server name"):
        Server(name, "127.0.0.1", 80, 1)


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1 weight 3", "", "127.1", "0::1"])
def test_an_address_is_an_ip_address(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Server("a", address, 80, 1)


@pytest.mark.parametrize(("port", "weight"), [(0, 1), (65536, 1), (80, -1), (80, 257)])
def test_numbers_have_limits(port: int, weight: int) -> None:
    with pytest.raises(ValueError, match="of a"):
        Server("a", "127.0.0.1", port, weight)


@pytest.mark.parametrize("path", ["health", "/a b", "/a\nbind :1", '/"', "/#", "/\\"])
def test_a_check_path_is_a_plain_path(path: str) -> None:
    with pytest.raises(ValueError, match="check path"):
        Frontend("k", 3, path)


def test_a_server_name_is_used_once() -> None:
    server = Server("a", "127.0.0.1", 80, 1)
    with pytest.raises(ValueError, match="twice"):
        Frontend("k", 3, None, servers=(server, server))
