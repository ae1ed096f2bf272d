"""What generators write as YAML is read unchanged by the readers there are, whatever a user's text is.

PyYAML reads YAML 1.1 (by libyaml, as by itself), ruamel.yaml reads 1.2, kubectl has Go's reader.
"""

import json
import random
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML
from tests.support.manifests import kubectl

from kr8.generators.yaml import Because, documents

COUNT = 12_000
CHARACTERS = (
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\0\a\x1b\x7f\x85\xa0\xad\u061c\u200b\u202e\u2028\u2029\ufeff\ufffe\uffff"
    "\U0001f600\U000e0041\U0010ffffé漢א\u3164"
)
WORDS = r"""
--- ... &a *a !!str !!python/name:os.system %YAML | > |- >+2 << = ~ null Null NULL true True yes Yes y N on OFF
0 00 012 0o12 0x1F 0b1 1_000 1e3 1E+3 .5 5. -0 +1 1:30 1:30:00 190:20:30.15 .inf -.Inf .NaN 2001-01-01 12e03 0. _ 1_
2001-12-14t21:59:43.10-05:00 685_230.15 ${x} $(x) %{x} {{x}} {%raw%} {a} [a] a:b '' '" \" \n \x41 \\ \u263a
100m 5s 64Mi abc word a-b/c.d_e $patch apiVersion constructor __proto__
"""
PHRASES = (
    *("--- a", "- ", "? ", ": ", " #", "# ", "!!str ", "{a: b}", "[a, b]", ", ", "a: b", "- a\n- b", "key: |\n  x"),
    *(" \n", "\n\n", "\n ", "\t\n", "\r\n", "a\n  b\n c", "a\n\tb", "x" * 200, "a b " * 60, "e\u0301", "{{ x }}"),
)
FRAGMENTS = (*CHARACTERS, *WORDS.split(), *PHRASES)


def corpus() -> list[str]:
    """Distinct strings, always the same ones: every fragment, then these joined at random."""
    chosen = random.Random(4)
    found = dict.fromkeys(("", *FRAGMENTS, *map(chr, range(0x300)), "k" * 1500, "é " * 600, "x\n" * 400))
    while len(found) < COUNT:
        found["".join(part(chosen) for _ in range(chosen.randint(1, 5)))] = None
    return list(found)


def part(chosen: random.Random) -> str:
    """A fragment, or any character of Unicode that UTF-8 can carry."""
    character = chr(chosen.randrange(0x110000))
    return character if chosen.random() < 0.2 and unicodedata.category(character) != "Cs" else chosen.choice(FRAGMENTS)


STRINGS = corpus()
DATA = {text: text for text in STRINGS}
OBJECT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": DATA}
DEEP = {"spec": {"items": [{"name": text, "again": [text, [text], {text: [text]}]} for text in STRINGS[::7]]}}


def one_point_two(text: str) -> Any:
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    return reader.load(text)


READERS: dict[str, Callable[[str], Any]] = {
    "libyaml, 1.1": lambda text: yaml.load(text, Loader=yaml.CSafeLoader),
    "PyYAML, 1.1": lambda text: yaml.load(text, Loader=yaml.SafeLoader),
    "ruamel.yaml, 1.2": one_point_two,
}


@pytest.mark.parametrize("reader", READERS)
def test_texts_are_read_as_they_were_written_as_values_and_as_keys(reader: str) -> None:
    assert len(STRINGS) >= 10_000
    for value in (OBJECT, DEEP):
        assert READERS[reader](documents(value, header="a\nheader")) == value


def test_go_reads_texts_as_they_were_written() -> None:
    found = json.loads(kubectl("annotate", "--local", "-f", "-", "a=b", "-o", "json", stdin=documents(OBJECT)))
    assert found["data"] == DATA
    found = json.loads(
        kubectl("annotate", "--local", "-f", "-", "a=b", "-o", "json", stdin=documents({**OBJECT, "data": {}, **DEEP}))
    )
    assert found["spec"] == DEEP["spec"]


def test_nothing_is_written_that_a_person_could_not_see() -> None:
    shown = set(documents(OBJECT)) - set("\n\t")
    assert not {each for each in shown if unicodedata.category(each) in {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}}


def test_several_documents_and_comments_are_read_as_the_values_without_them() -> None:
    values = [{"a": Because(text, "why\nand why"), "b": [{text: Because(1, "why")}]} for text in STRINGS[::97]]
    expected = [{"a": text, "b": [{text: 1}]} for text in STRINGS[::97]]
    assert list(yaml.load_all(documents(*values), Loader=yaml.CSafeLoader)) == expected
