"""A secret is masked however it was written."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kr8.domain.redact import MASK, SHORTEST, Redactor

CANARIES = (
    "hunter2hunter2",
    "p@ss word/with?all&the=signs+",
    "postgres://user:s3cr3t@db.example:5432/shop",
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    'quotes "and" \\backslashes\\',
    "tabs\tand\nnewlines\r\nwithin",
    "ünïcödé-пароль-密码",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----",
    "a.b*c(d)[e]{f}^$|?+",
    "100% legal %20 %s {0} ${x}",
)


def written(secret: str) -> dict[str, str]:
    """The ways in which a secret turns up, within other text."""
    raw = secret.encode()
    ways = {
        "plain": f"x{secret}y",
        "url": f"?key={quote(secret, safe='')}&x=1",
        "url, slashes kept": f"?key={quote(secret)}&x=1",
        "form": f"key={quote_plus(secret)}",
        "json": json.dumps({"key": f"a {secret} b"}),
        "json, unescaped": json.dumps({"key": secret}, ensure_ascii=False),
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        "repr": repr(secret),
    }
    for shift in range(3):
        for after in (b"", b"!", b"!!"):
            ways[f"base64 +{shift} {len(after)}"] = base64.b64encode(b"." * shift + raw + after).decode()
            ways[f"base64url +{shift} {len(after)}"] = base64.urlsafe_b64encode(b"." * shift + raw + after).decode()
    return ways


def core(secret: str, way: str, text: str) -> str:
    """The part of a base64 text that depends on the secret alone."""
    shift = int(way.split("+")[1][0])
    after = int(way.rsplit(maxsplit=1)[-1])
    start, end = (4, len(text) - 4) if shift or after else (0, len(text.rstrip("=")) - 1)
    return text[start:end]


@pytest.mark.parametrize("secret", CANARIES)
def test_a_canary_is_masked_in_every_form(secret: str) -> None:
    redactor = Redactor([secret])
    for way, text in written(secret).items():
        masked = redactor.text(text)
        assert MASK in masked, way
        if way.startswith("base64"):
            assert core(secret, way, text)[2:-2] not in masked, way
        else:
            assert secret not in masked, way


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=SHORTEST, max_size=60), st.text(), st.text())
def test_no_secret_survives_within_any_text(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    masked = redactor.text(f"{before}{secret}{after}")
    assert MASK in masked
    for text in (json.dumps(secret), quote(secret, safe=""), secret.encode().hex()):
        assert MASK in redactor.text(text)


@given(
    st.binary(min_size=SHORTEST, max_size=40).map(lambda raw: raw.hex()), st.binary(max_size=5), st.binary(max_size=5)
)
def test_base64_at_any_offset_is_masked(secret: str, before: bytes, after: bytes) -> None:
    text = base64.b64encode(before + secret.encode() + after).decode()
    assert MASK in Redactor([secret]).text(text)


def test_the_longest_secret_is_masked_first_and_short_ones_are_left() -> None:
    redactor = Redactor(["abcdef", "abcdefghij", "abc"])
    assert redactor.text("abcdefghij abcdef abc") == f"{MASK} {MASK} abc"
    assert redactor.longest >= 20


def test_values_are_masked_with_their_keys() -> None:
    redactor = Redactor(["hunter2hunter2"])
    value = {"hunter2hunter2": ["x hunter2hunter2", {"n": 1, "b": True, "none": None}], "t": ("hunter2hunter2",)}
    assert redactor.value(value) == {MASK: [f"x {MASK}", {"n": 1, "b": True, "none": None}], "t": [MASK]}
    assert Redactor([]).text("anything") == "anything"


@pytest.mark.parametrize("line", range(3))
def test_each_line_of_a_secret_with_several_is_masked(line: int) -> None:
    secret = CANARIES[9]
    assert Redactor([secret]).text(secret.splitlines()[line]) == MASK
