"""From a table to HAProxy's configuration."""

from dataclasses import replace

from kr8.supervisor.proxy.config import Place, digest, render, skeleton
from kr8.supervisor.proxy.table import Frontend, Server

WEB = Frontend("p.e.web", 5, "/healthz", 250, (Server("r1-0", "127.0.0.1", 9001, 40), Server("r1-1", "::1", 9002, 60)))
API = Frontend("p.e.api", 6, None, servers=(Server("r9-0", "127.0.0.1", 9003, 7, "drain"),))
PLACES = {"p.e.web": Place("ipv4@127.0.0.1:8000", "11"), "p.e.api": Place("ipv6@[::1]:8001 v6only", "12")}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def test_a_server_carries_every_keyword() -> None:
    wanted = (
        "server r1-0 127.0.0.1:9001 weight 40 check inter 250ms fall 1 rise 1 "
        "observe layer4 error-limit 1 on-error mark-down pool-purge-delay 2s"
    )
    assert wanted in lines(render((WEB,), PLACES))


def test_an_ipv6_server_is_bracketed() -> None:
    assert "server r1-1 [::1]:9002 weight 60" in render((WEB,), PLACES)


def test_a_draining_server_and_an_unproven_one_start_without_traffic() -> None:
    text = render((WEB, API), PLACES, frozenset({("p.e.web", "r1-0")}))
    assert "server r9-0 127.0.0.1:9003 weight 0 " in text
    assert "server r1-0 127.0.0.1:9001 weight 0 " in text
    assert "server r1-1 [::1]:9002 weight 60 " in text


def test_unproven_servers_start_with_traffic_where_no_other_has_any() -> None:
    text = render((WEB,), PLACES, frozenset({("p.e.web", "r1-0"), ("p.e.web", "r1-1")}))
    assert "server r1-0 127.0.0.1:9001 weight 40 " in text
    assert "server r1-1 [::1]:9002 weight 60 " in text


def test_a_path_makes_an_http_check() -> None:
    assert "http-check send meth GET uri '/healthz' ver HTTP/1.1 hdr Host localhost" in lines(render((WEB,), PLACES))
    assert "httpchk" not in render((API,), PLACES)


def test_a_check_closes_its_connection_as_any_client_does() -> None:
    checks = [line for line in lines(render((WEB,), PLACES)) if line.startswith("http-check")]
    assert checks[0] == "http-check connect linger"


def test_a_quote_in_a_path_stays_in_the_path() -> None:
    assert "uri '/it'\\''s' " in render((replace(WEB, check_path="/it's"),), PLACES)


def test_servers_do_not_change_the_digest() -> None:
    assert digest((WEB,), PLACES) == digest((replace(WEB, servers=(), fd=9),), PLACES)


def test_what_needs_a_reload_changes_the_digest() -> None:
    moved = {**PLACES, "p.e.web": Place("ipv4@127.0.0.1:8000", "99")}
    digests = {
        digest((WEB,), PLACES),
        digest((WEB,), moved),
        digest((WEB, API), PLACES),
        digest((replace(WEB, check_path="/other"),), PLACES),
        digest((replace(WEB, check_interval_ms=1000),), PLACES),
    }
    assert len(digests) == 5


def test_the_file_tells_its_digest() -> None:
    assert f"description {digest((WEB, API), PLACES)}" in lines(render((WEB, API), PLACES))


def test_kr8s_own_questions_are_not_counted_and_no_service_learns_their_word() -> None:
    lines = skeleton((Frontend("a.b.c", 7, "/", probe="f00d"),), {"a.b.c": Place("127.0.0.1:1", "x")})
    assert "http-request set-log-level silent if { req.hdr(x-kr8-probe) -m str f00d }" in lines
    assert "http-request del-header x-kr8-probe" in lines
