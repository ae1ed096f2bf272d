"""What the bridge decides, without a process or a socket."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from kr8.bridge.contract import Contract
from kr8.bridge.conversation import KEY, Conversation, new_key
from kr8.surfaces.mcp.keys import META as DAEMONS_KEY

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
TOOLS = [
    {"name": "look", "annotations": {"readOnlyHint": True}},
    {"name": "change", "annotations": {"readOnlyHint": False}},
]
CONTRACT = Contract(
    {
        "version": "1.0.0",
        "results": [{"protocolVersion": "2025-11-25"}, {"tools": TOOLS}],
        "answers": {"initialize": {"2025-11-25": 0}, "tools/list": {"2025-11-25": 1, "2026-07-28": 1}},
    }
)
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "n", "version": "1"}}


def line(**message: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}).encode()


def request(key: int | str, method: str, **params: Any) -> bytes:
    return line(id=key, method=method, params=params)


def call(key: int | str, tool: str, **more: Any) -> bytes:
    return request(key, "tools/call", name=tool, **more)


def keyed(key: int | str, tool: str, number: int = 1, **meta: Any) -> bytes:
    """A call as the daemon gets it: the nth that was given a key."""
    params = {"name": tool, "_meta": {**meta, KEY: f"key-{number}"}}
    whole = {"jsonrpc": "2.0", "id": key, "method": "tools/call", "params": params}
    return json.dumps(whole, separators=(",", ":")).encode()


READY = line(method="notifications/initialized")


@pytest.fixture
def conversation() -> Conversation:
    numbers = count(1)
    return Conversation(CONTRACT, lambda: f"key-{next(numbers)}")


def test_a_handshake_is_answered_at_once_and_told_to_the_daemon_later(conversation: Conversation) -> None:
    hello = request(1, "initialize", **HELLO)
    assert json.loads(conversation.from_client(hello) or b"")["result"] == {"protocolVersion": "2025-11-25"}
    assert conversation.from_client(READY) is None
    assert not conversation.wants_daemon
    conversation.connected()
    assert conversation.to_send() == [hello, READY]
    assert conversation.from_daemon(line(id=1, result={})) is None


def test_a_handshake_while_connected_is_told_at_once_and_its_second_answer_dropped(conversation: Conversation) -> None:
    conversation.connected()
    hello = request("a", "initialize", **HELLO)
    assert conversation.from_client(hello) is not None
    assert conversation.to_send() == [hello]
    assert conversation.from_daemon(line(id="a", result={})) is None
    assert conversation.from_daemon(line(id="a", result={})) is not None


def test_a_new_daemon_hears_the_handshake_again_before_anything_else(conversation: Conversation) -> None:
    hello = request(1, "initialize", **HELLO)
    conversation.from_client(hello)
    conversation.from_client(READY)
    conversation.connected()
    conversation.to_send()
    conversation.from_daemon(line(id=1, result={}))
    assert conversation.lost() == []
    conversation.from_client(call(2, "change"))
    conversation.connected()
    assert conversation.to_send() == [hello, READY, keyed(2, "change")]
    assert conversation.from_daemon(line(id=1, result={})) is None


def test_an_unanswered_handshake_is_asked_again_and_its_answer_passed_on(conversation: Conversation) -> None:
    strange = request(1, "initialize", **{**HELLO, "protocolVersion": "1999-01-01"})
    assert conversation.from_client(strange) is None and conversation.wants_daemon
    conversation.connected()
    assert conversation.to_send() == [strange]
    assert conversation.lost() == []
    conversation.connected()
    assert conversation.to_send() == [strange]
    assert conversation.from_daemon(line(id=1, result={})) == line(id=1, result={})


@pytest.mark.parametrize(
    "params",
    [
        {"cursor": "2"},
        {"_meta": {**META, "io.modelcontextprotocol/protocolVersion": "2031-01-01"}},
        {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}},
        {"_meta": {**META, "io.modelcontextprotocol/clientCapabilities": "none"}},
        {},
    ],
)
def test_what_the_contract_does_not_cover_is_the_daemons(conversation: Conversation, params: dict[str, Any]) -> None:
    assert conversation.from_client(request(1, "tools/list", **params)) is None
    assert conversation.wants_daemon


def test_tools_are_listed_from_the_contract_in_both_eras(conversation: Conversation) -> None:
    assert conversation.from_client(request(1, "tools/list", _meta=META)) is not None
    conversation.from_client(request(2, "initialize", **HELLO))
    assert conversation.from_client(request(3, "tools/list")) is not None


def test_a_daemon_of_another_version_answers_everything_itself(conversation: Conversation) -> None:
    conversation.forward_everything()
    assert conversation.from_client(request(1, "tools/list", _meta=META)) is None


def test_what_is_lost_is_asked_once_more_with_the_key_that_it_had(conversation: Conversation) -> None:
    conversation.connected()
    for key, tool in enumerate(("look", "change", "unheard_of")):
        conversation.from_client(call(key, tool))
    sent = [call(0, "look"), keyed(1, "change"), keyed(2, "unheard_of", 2)]
    assert conversation.to_send() == sent
    assert conversation.lost() == []
    conversation.connected()
    assert conversation.to_send() == sent
    problems = [json.loads(error)["error"]["data"]["problem"] for error in conversation.lost()]
    assert [problem["outcome"] for problem in problems] == ["unknown"] * 3
    assert "change" in problems[1]["what"] and "unheard_of" in problems[2]["what"]
    assert not conversation.wants_daemon


def test_a_daemon_that_may_know_no_keys_is_not_asked_for_a_change_again(conversation: Conversation) -> None:
    conversation.forward_everything()
    conversation.connected()
    for key, tool in enumerate(("look", "change")):
        conversation.from_client(call(key, tool))
    conversation.to_send()
    (error,) = conversation.lost()
    assert json.loads(error)["id"] == 1
    conversation.connected()
    assert conversation.to_send() == [call(0, "look")]


def test_a_key_that_the_client_gives_is_kept_and_what_else_it_says_too(conversation: Conversation) -> None:
    conversation.connected()
    own = call(1, "change", _meta={KEY: "mine"})
    for line in (own, call(2, "change", _meta=META), call(3, "look", _meta=META)):
        conversation.from_client(line)
    assert conversation.to_send() == [own, keyed(2, "change", **META), call(3, "look", _meta=META)]


def test_without_a_contract_every_call_has_a_key() -> None:
    conversation = Conversation(None, lambda: "key-1")
    conversation.connected()
    conversation.from_client(call(1, "look"))
    assert conversation.to_send() == [keyed(1, "look")]


def test_the_bridge_and_the_daemon_mean_the_same_by_a_key() -> None:
    assert KEY == DAEMONS_KEY
    assert len({new_key() for _ in range(100)}) == 100


def test_a_connection_lost_before_its_greeting_has_cost_nothing(conversation: Conversation) -> None:
    """A dying daemon's socket may still take a connection that nobody will serve."""
    conversation.from_client(call(1, "change"))
    conversation.from_client(call(2, "look"))
    for _ in range(3):
        assert conversation.lost() == []
    conversation.connected()
    assert conversation.to_send() == [keyed(1, "change"), call(2, "look")]


def test_without_a_daemon_all_that_waits_is_refused_as_not_started(conversation: Conversation) -> None:
    conversation.from_client(call(1, "change"))
    conversation.from_client(line(method="notifications/cancelled", params={"requestId": 1}))
    errors = [json.loads(error) for error in conversation.given_up("It fell.", ["crash"])]
    assert [(e["id"], e["error"]["data"]["problem"]["outcome"]) for e in errors] == [(1, "not_started")]
    assert errors[0]["error"]["data"]["problem"]["output"] == ["crash"] and not conversation.wants_daemon


@pytest.mark.parametrize("junk", [b"{", b"[]", b"null", b'"x"', b'{"id": 1}', b'{"method": 3}'])
def test_what_is_no_request_goes_through_as_it_is(conversation: Conversation, junk: bytes) -> None:
    assert conversation.from_client(junk) is None
    conversation.connected()
    assert conversation.to_send() == [junk]
    assert conversation.from_daemon(junk) == junk


@pytest.mark.parametrize("tool", ["look", "change"])
def test_a_call_that_no_daemon_has_got_yet_goes_to_the_next_one_once(conversation: Conversation, tool: str) -> None:
    conversation.connected()
    asked = call(3, "look") if tool == "look" else keyed(3, tool)
    assert conversation.from_client(call(3, tool)) is None
    assert conversation.lost() == [], "the daemon died before it was sent: nothing is unknown"
    conversation.connected()
    assert conversation.to_send() == [asked]


def test_a_handshake_that_no_daemon_has_got_yet_is_told_once(conversation: Conversation) -> None:
    conversation.connected()
    hello = request(1, "initialize", **HELLO)
    conversation.from_client(hello)
    conversation.lost()
    conversation.connected()
    assert conversation.to_send() == [hello]
