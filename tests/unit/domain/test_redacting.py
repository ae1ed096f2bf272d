"""A secret is masked however it was written."""

from __future__ import annotations

import base64
import json
import shlex
from pathlib import PurePosixPath
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kr8.domain.redact import FRAGMENT, MASK, SHORTEST, Piece, Redactor

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
        "shell": shlex.quote(secret),
        "path": str(PurePosixPath("/srv", secret)),
        "repr beside marks": repr(f"\"'{secret}"),
        "json in json": json.dumps(json.dumps(secret)),
        "json in repr": repr(json.dumps({"key": secret})),
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


def test_values_are_masked_with_their_keys() -> None:
    redactor = Redactor(["hunter2hunter2"])
    value = {"hunter2hunter2": ["x hunter2hunter2", {"n": 1, "b": True, "none": None}], "t": ("hunter2hunter2",)}
    assert redactor.value(value) == {MASK: [f"x {MASK}", {"n": 1, "b": True, "none": None}], "t": [MASK]}
    assert Redactor([]).text("anything") == "anything"


@pytest.mark.parametrize("line", range(3))
def test_each_line_of_a_secret_with_several_is_masked(line: int) -> None:
    secret = CANARIES[9]
    assert Redactor([secret]).text(secret.splitlines()[line]) == MASK


@pytest.mark.parametrize("secret", CANARIES)
def test_a_secret_that_is_cut_anywhere_is_masked_in_each_of_its_pieces(secret: str) -> None:
    redactor = Redactor([secret])
    for form in (secret, secret.encode().hex(), json.dumps(secret)[1:-1], quote(secret, safe="")):
        for at in range(len(form) + 1):
            before = redactor.piece(Piece(f"some words: {form[:at]}", goes_on=True))
            after = redactor.piece(Piece(f"{form[at:]}; and so on", continues=True))
            assert "some words: " in before, (form, at)
            assert "; and so on" in after, (form, at)
            shown = len(before + after) - len("some words: ; and so on") - len(MASK) * (before + after).count(MASK)
            assert shown < FRAGMENT, (before, after)


def test_a_piece_that_is_all_within_a_secret_is_masked_whole() -> None:
    secret = "".join(chr(97 + each * 7 % 26) for each in range(60_000))
    redactor = Redactor([secret])
    pieces = [secret[start : start + 16_384] for start in range(0, len(secret), 16_384)]
    last = len(pieces) - 1
    shown = [redactor.piece(Piece(text, number > 0, number < last)) for number, text in enumerate(pieces)]
    assert shown == [MASK] * len(pieces)


def test_a_line_that_was_not_cut_is_shown_to_its_ends() -> None:
    redactor = Redactor(["password-of-the-shop"])
    assert redactor.piece(Piece("the shop has a pass")) == "the shop has a pass"
    assert redactor.piece(Piece("shop: password-of-the-shop")) == f"shop: {MASK}"


@pytest.mark.parametrize("line", range(3))
def test_the_short_lines_of_a_secret_are_masked_where_a_line_is_all_of_it(line: int) -> None:
    redactor = Redactor(["abc\ndefgh\nijk"])
    printed = ("key=abc", "defgh", "ijk (the end)")
    assert redactor.piece(Piece(printed[line])) == (f"key={MASK}", MASK, f"{MASK} (the end)")[line]
    assert redactor.piece(Piece("abc of defgh of ijk")) == "abc of defgh of ijk"


def test_base64_that_is_wrapped_is_masked_line_by_line() -> None:
    secret = "a secret that takes more than the 57 bytes which fit a line of base64 as programs wrap it"
    redactor = Redactor([secret])
    lines = base64.encodebytes(secret.encode()).decode().splitlines()
    assert [redactor.piece(Piece(line)) for line in lines] == [MASK] * len(lines)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=SHORTEST, max_size=40), st.text(), st.text())
def test_pieces_are_masked_as_texts_are(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    masked = redactor.piece(Piece(f"{before}{secret}{after}"))
    assert MASK in masked
    assert MASK in before + after + secret or secret not in masked
