"""What goes over the wire comes back the same, and nothing else comes in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kr8.supervisor.codec import MalformedError, decode, encode
from kr8.supervisor.observed import Answered, Failure, Piece, ServiceObserved
from kr8.supervisor.state import State
from kr8.supervisor.wire import PaceSpec, PutDesired, RunSpec, ServiceDesired, ShareSpec

words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
runs = st.builds(
    RunSpec,
    argv=st.lists(words, min_size=1, max_size=4).map(tuple),
    cwd=words.map(lambda w: f"/{w}"),
    env=st.dictionaries(words.filter(lambda w: "=" not in w), words, max_size=3),
    version=st.none() | st.tuples(words, words),
    memory_limit_bytes=st.none() | st.integers(1, 1 << 40),
)


@given(runs, st.integers(0, 100))
def test_round_trip(run: RunSpec, traffic: int) -> None:
    put = PutDesired(3, ServiceDesired("a.b.c", (ShareSpec("r-1", run, 2, traffic),), "127.0.0.1:8000"))
    assert decode(PutDesired, json.loads(json.dumps(encode(put)))) == put


@given(runs)
def test_what_is_left_out_is_what_nothing_was_said_of(run: RunSpec) -> None:
    sparse = encode(run, sparse=True)
    assert decode(RunSpec, sparse) == run
    assert isinstance(sparse, dict)
    assert not {"given", "schedule"} & sparse.keys(), "an older supervisor, which does not know them, understands it"
    assert {"argv", "cwd", "kind", "ready_limit_s", "stop_grace_s"} <= sparse.keys(), (
        "a default that may change is said"
    )
    assert encode(ShareSpec("r-1", run, 2, 0), sparse=True)["traffic"] == 0  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"epoch": 1, "desired": {"key": "a.b.c", "shares": [], "sharez": 1}}, "body.desired.sharez: unknown field"),
        ({"epoch": True, "desired": {"key": "a.b.c", "shares": []}}, "body.epoch: expected int, not bool"),
        ({"epoch": 1}, "body.desired: missing"),
        ({"epoch": 1, "desired": {"key": "a.b", "shares": []}}, "body.desired.key: must be"),
        ({"epoch": 1, "desired": {"key": "a.b.c\n", "shares": []}}, "body.desired.key: must be"),
        ({"epoch": 1, "desired": {"key": "a.b.c", "shares": [], "listen": "8000"}}, "body.desired.listen: must be"),
        ({"epoch": 1, "desired": {"key": "a.b.c", "shares": {}}}, "body.desired.shares: expected a list"),
        (
            {"epoch": 1, "desired": {"key": "a.b.c", "shares": [], "pace": {"surge": 0, "unavailable": 0}}},
            "body.desired.pace.surge: surge and unavailable must not both be 0",
        ),
    ],
)
def test_a_wrong_body_is_refused_by_its_path(body: object, why: str) -> None:
    with pytest.raises(MalformedError) as refused:
        decode(PutDesired, body)
    assert why in str(refused.value)


@pytest.mark.parametrize("argv", [(), ("",), ("a\0b",)])
def test_argv_must_be_a_command(argv: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="argv"):
        RunSpec(argv, "/")


@pytest.mark.parametrize("path", ["healthz", "/a b", "/a\r\nX: y", "//{}", "/ü"])
def test_health_must_be_a_path(path: str) -> None:
    with pytest.raises(ValueError, match="health"):
        RunSpec(("a",), "/", health=path)


def test_answers_and_state_round_trip() -> None:
    failure = Failure("exited", "gone", "r", "r-1", "now", health=(Answered("bad", Piece("x")),), lines=(Piece("a"),))
    observed = ServiceObserved("a.b.c", 1, 1, False, failure, None, (), (), 3, True)
    assert decode(ServiceObserved, json.loads(json.dumps(encode(observed)))) == observed
    assert decode(State, json.loads(json.dumps(encode(State())))) == State()
    assert decode(PaceSpec, {"drain_limit_s": 3}) == PaceSpec(drain_limit_s=3.0)
