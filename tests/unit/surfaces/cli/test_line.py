"""Text from outside cannot steer the terminal it is shown on."""

import json

from hypothesis import given
from hypothesis import strategies as st

from kr8.surfaces.cli.line import Line, printable, printable_json, split

STEERS = [chr(number) for number in range(0xA0) if (number < 0x20 and number != 0x09) or number >= 0x7F]
REORDERS = list("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u200b")


def test_every_control_and_every_reordering_character_becomes_its_escape() -> None:
    shown = printable("".join(STEERS + REORDERS))
    assert not set(STEERS + REORDERS) & set(shown)
    assert printable("\x1b[2J\x9b\u202e\r") == "\\x1b[2J\\x9b\\u202e\\r"


def test_what_people_write_is_left_alone() -> None:
    assert printable("p99 12 → 13 ms\té 日本 «x» 👩‍🚀") == "p99 12 → 13 ms\té 日本 «x» 👩‍🚀"


@given(st.text())
def test_json_is_equal_after_it_was_made_safe(text: str) -> None:
    shown = printable_json(json.dumps({"text": text}, ensure_ascii=False))
    assert json.loads(shown) == {"text": text}
    assert not set(STEERS + REORDERS) & set(shown)


def test_half_a_character_is_carried_too() -> None:
    assert json.loads(printable_json(json.dumps("\ud800", ensure_ascii=False))) == "\ud800"
    printable("\udc80").encode()


def test_a_text_of_several_lines_becomes_lines() -> None:
    assert split("a\nb", indent="  ") == [Line("  a"), Line("  b")]
