"""A public key is one line of one of three kinds, whatever else is tried."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kr8.domain.problem import Refused
from kr8.drivers.ssh import commands, parse

BLOB = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + bytes(32)
LINE = f"ssh-ed25519 {base64.b64encode(BLOB).decode()}"


def test_a_key_is_known_without_its_comment() -> None:
    assert parse.public_key(f"  {LINE} ada@desk with words\n").line() == LINE


@settings(max_examples=60, deadline=None)
@example(f"{LINE}AAAA")
@example(f"{LINE}AAAAAAAA")
@given(st.one_of(st.text(max_size=200), st.text(max_size=50).map(lambda text: f"{LINE}{text}")))
def test_no_text_makes_it_fall_over_or_lets_more_than_a_key_through(text: str) -> None:
    try:
        key = parse.public_key(text)
    except Refused as refused:
        assert refused.problem.code == "invalid_public_key"
    else:
        assert commands.signers("ada", "kr8-approval", key.line()).count("\n") == 1
        assert key.line() == LINE


@pytest.mark.parametrize("text", ["", "x", "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----", "a" * 100_000])
def test_what_is_no_signature_is_not_handed_on(text: str) -> None:
    assert not parse.is_signature(text)


def test_the_fingerprint_is_read_from_what_was_printed() -> None:
    printed = f"256 SHA256:{'a' * 43} ada@desk (ED25519)\n"
    assert parse.fingerprint(printed) == f"SHA256:{'a' * 43}"
    assert parse.fingerprint("ssh-keygen: not a public key file") is None
