"""YAML of any repository, read with places; what is no YAML, or a bomb, is told by place and costs next to nothing."""

import time
import tracemalloc
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kr8.domain.yaml_code import Node, YamlFile
from kr8.drivers.yaml_files.limits import MOST_BYTES, Refusal
from kr8.drivers.yaml_files.nodes import Reading
from kr8.drivers.yaml_files.reader import read
from kr8.generators.yaml import documents

MANIFEST = b"""\
# A comment.
apiVersion: apps/v1
kind: Deployment
spec:
  replicas: 2
  containers:
    - name: api
      image: "api:1"

    - name: other
---
kind: List
apiVersion: v1
items:
  - apiVersion: v1
    kind: ConfigMap
    data: {on: "yes", 1: !vault x}
"""


def file(text: str | bytes) -> YamlFile:
    code = read({"a.yaml": text if isinstance(text, bytes) else text.encode()})
    assert not code.unreadable, code.unreadable
    return code.files["a.yaml"]


def one(text: str | bytes) -> Node:
    (document,) = file(text).documents
    return document


def refused(content: bytes) -> tuple[str, str]:
    (told,) = read({"a.yaml": content}).unreadable
    return told.place, told.why


def test_every_value_has_the_place_of_its_key() -> None:
    first, second = file(MANIFEST).documents
    places = {way: node.place for way, node in first.walk()}
    assert places[("spec",)] == "a.yaml:4"
    assert places["spec", "replicas"] == "a.yaml:5"
    assert places["spec", "containers", 0] == "a.yaml:7"
    assert places["spec", "containers", 0, "image"] == "a.yaml:8"
    assert places["spec", "containers", 1, "name"] == "a.yaml:10"
    assert second.at("items", 0, "data", "on") == Node("yes", "a.yaml:17")
    assert second.at("items", 0, "data", "1") == Node("x", "a.yaml:17", "!vault")


def test_values_are_found_by_their_way() -> None:
    first = file(MANIFEST).documents[0]
    assert first.text("spec", "containers", 0, "name") == "api"
    assert first.text("spec", "replicas") == ""
    assert first.at("spec", "containers", 7) is None
    assert first.at("spec", 0) is None
    assert first.at("kind", "x") is None
    assert first.plain()["spec"]["replicas"] == 2


def test_manifests_are_found_in_lists_too() -> None:
    code = read({"a.yaml": MANIFEST, "b.yml": b"kind: none\n", "c.yaml": b"[1]\n", "d.yaml": b""})
    assert [each.text("kind") for each in code.manifests()] == ["Deployment", "ConfigMap"]


def test_a_key_that_stands_twice_is_told_and_the_last_counts() -> None:
    found = file("a: 1\nb:\n  c: 1\n  'c': 2\na: 3\n")
    assert [(each.key, each.place, each.first) for each in found.doubled] == [
        ("c", "a.yaml:4", "a.yaml:3"),
        ("a", "a.yaml:5", "a.yaml:1"),
    ]
    assert found.documents[0].plain() == {"a": 3, "b": {"c": 2}}


def test_anchors_and_merges_are_followed() -> None:
    text = "base: &b {x: 1, y: 1}\nmore: &m {y: 2, z: 2}\nmade:\n  <<: [*m, *b]\n  x: 0\nsame: *b\n'<<': text\n"
    assert one(text).plain() == {
        "base": {"x": 1, "y": 1},
        "more": {"y": 2, "z": 2},
        "made": {"x": 0, "y": 2, "z": 2},
        "same": {"x": 1, "y": 1},
        "<<": "text",
    }
    assert not file(text).doubled
    assert one("&k a: &v b\n*v : *k\n").plain() == {"a": "b", "b": "a"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("yes", True), ("Off", False), ("~", None), ("", None), ("012", 10), ("0x1F", 31), ("1_000", 1000)),
        *(("1:30", 90), ("1e3", "1e3"), ("1.5", 1.5), ("'yes'", "yes"), ("2001-01-01", "2001-01-01"), ("!!str 1", "1")),
        *(
            ("! 1", "1"),
            ("!!int x", "x"),
            ("!!python/name:os.system", ""),
            ("9" * 5000, "9" * 5000),
            ("!!float y", "y"),
        ),
        ("1" + ":59" * 100_000, "1" + ":59" * 100_000),
    ],
)
def test_scalars_are_what_kubernetes_and_ansible_take_them_for(text: str, value: Any) -> None:
    assert one(f"a: {text}\n").plain() == {"a": value}


@pytest.mark.parametrize(
    ("content", "place", "why"),
    [
        (b"a:\n\tb: 1\n", "a.yaml:2", "tab"),
        (b"a: 1\nb: [1\nc: 2\n", "a.yaml:3", "expected"),
        (b"a: 1\n\xff\xfe\n", "a.yaml:2", "byte 0xff is not UTF-8"),
        (b"\xff\xfea\x00:\x00", "a.yaml:1", "not UTF-8"),
        (b"a: 1\nb: \x01\n", "a.yaml:2", "control characters"),
        (b"a: 1\nb: *c\n", "a.yaml:2", "no anchor 'c'"),
        (b"a: &a\n  - *a\n", "a.yaml:2", "no anchor 'a'"),
        (b"--- &a 1\n--- *a\n", "a.yaml:2", "no anchor 'a'"),
        (b"a: 1\n? [b]\n: 1\n", "a.yaml:2", "a key is no text"),
        (b"a: &a [1]\n*a : 1\n", "a.yaml:2", "a key is no text"),
        (b"a: " + b"[" * 500 + b"]" * 500, "a.yaml:1", "nested deeper than 100"),
        (b"a: 1\nb: 2\n  c: 3\n", "a.yaml:3", "mapping values are not allowed"),
        (b"#" * (MOST_BYTES + 1), "a.yaml:1", "at most 8,388,608 are read"),
        (b"{% if x %}\na: 1\n", "a.yaml:1", "cannot start any token"),
    ],
)
def test_what_is_no_yaml_is_told_by_place(content: bytes, place: str, why: str) -> None:
    where, told = refused(content)
    assert where == place
    assert why in told


def test_what_stands_before_a_mistake_is_read() -> None:
    code = read({"a.yaml": b"a: 1\n---\nb: 2\n---\n\tc\n", "b.yaml": b"\xef\xbb\xbfa: 1\n"})
    assert [each.plain() for each in code.files["a.yaml"].documents] == [{"a": 1}, {"b": 2}]
    assert [each.plain() for each in code.files["b.yaml"].documents] == [{"a": 1}]
    assert [each.place for each in code.unreadable] == ["a.yaml:5"]


def laughs(line: str) -> str:
    """Each line stands for nine of the line before."""
    nine = "{}, " * 9
    lines = [line.format(name=f"a{i}", last=nine.format(*[f"*a{i - 1}"] * 9)) for i in range(1, 40)]
    return "\n".join(["a0: &a0 {k: v}", *lines])


BOMBS = {
    "billion laughs": laughs("{name}: &{name} [{last}]"),
    "merged laughs": laughs("{name}: &{name} {{<<: [{last}], {name}: 1}}"),
    "laughs in keys": "? &a [x]\n: &b {? *a : *a}\n",
    "deep aliases": "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 500)),
    "itself": "a: &a [*a, *a]\n",
    "deep lists": "[" * 100_000,
    "deep mappings": "{a: " * 100_000,
    "deep items": "- " * 100_000,
    "deep keys": "? " * 100_000,
    "deep lines": "".join(" " * depth + "a:\n" for depth in range(1000)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_at_once_and_in_little_memory(bomb: str) -> None:
    content = BOMBS[bomb].encode()
    tracemalloc.start()
    assert refused(content)[1]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20
    assert min(_cpu_seconds(content) for _ in range(5)) < 0.05


def _cpu_seconds(content: bytes) -> float:
    start = time.process_time()
    read({"a.yaml": content})
    return time.process_time() - start


@pytest.mark.parametrize("text", ["- a\n", "k{}: &a{} b\n", "--- a\n"])
def test_a_file_of_too_many_values_is_refused(text: str) -> None:
    content = "".join(text.format(number, number) for number in range(2_500))
    with pytest.raises(Refusal, match="more than 2,000 values"):
        list(Reading("a.yaml", content, most_nodes=2_000).documents())
    assert "more than 200,000 values" in refused(BOMBS["billion laughs"].encode())[1]


leaves = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc1:- \n", max_size=5), inner, max_size=4),
)


@given(values)
def test_what_generators_write_is_read_as_it_was(value: Any) -> None:
    assert one(documents(value)).plain() == value


@given(st.text("ab:-?[]{},&*!|>'\"%@`#<= \n\t~1", max_size=40))
def test_whatever_a_file_has_in_it_nothing_breaks(text: str) -> None:
    code = read({"a.yaml": text.encode()})
    try:
        list(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        assert code.unreadable
    for told in code.unreadable:
        assert told.place.startswith("a.yaml:") and told.why
    for document in code.files["a.yaml"].documents:
        document.plain()


def test_json_is_read_with_places_and_with_its_own_escapes() -> None:
    text = b'{\n\t"kind": "Pod",\n\t"a": "x\\/y",\n\t"b": "\\ud83d\\ude00 \\\\ud83d\\\\ude00"\n}\n'
    (document,) = read({"a.json": text}).files["a.json"].documents
    assert document.plain() == {"kind": "Pod", "a": "x/y", "b": "\N{GRINNING FACE} \\ud83d\\ude00"}
    found = document.at("b")
    assert found is not None and found.place == "a.json:4"
    (told,) = read({"a.json": b'{"a": "\\ud83d"}'}).unreadable
    assert told.place == "a.json:1"
