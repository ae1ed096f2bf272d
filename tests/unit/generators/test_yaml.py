"""YAML as text: what it looks like, and that it is read as it was meant."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kr8.generators.yaml import Because, Value, documents

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))


@given(st.dictionaries(texts, values, max_size=5))
def test_any_value_is_read_as_it_was_written(value: dict[str, Any]) -> None:
    assert yaml.safe_load(documents(value)) == value


@given(values)
def test_a_value_that_is_no_mapping_is_read_as_it_was_written(value: Any) -> None:
    assert yaml.safe_load(documents(value)) == value


def test_it_looks_as_a_person_writes_it() -> None:
    value: Value = {
        "kind": "Deployment",
        "empty": {},
        "none": [],
        "spec": {
            "items": [{"name": Because("a", "First."), "size": "64Mi"}, "on", ["x", 1, True, None]],
            "reason": Because({"a": 1}, "Two\n\nlines."),
            "text": "a\n\n  b\n",
            "query": 'up{job="x"}',
            "version": "1.0",
        },
    }
    assert (
        documents(value, header="Head.")
        == """\
# Head.

kind: Deployment
empty: {}
none: []
spec:
  items:
    # First.
    - name: a
      size: 64Mi
    - "on"
    - - x
      - 1
      - true
      - null
  # Two
  #
  # lines.
  reason:
    a: 1
  text: |
    a

      b
  query: 'up{job="x"}'
  version: "1.0"
"""
    )


def test_documents_are_parted() -> None:
    assert documents({"a": 1}, {"b": 2}) == "---\na: 1\n---\nb: 2\n"


MISTAKEN = ("yes", "No", "ON", "null", "~", "1e3", "012", "1:30", "1.0", "", " a", "a ", "- a", "a: b", "1m ", "0x1")


@pytest.mark.parametrize("text", MISTAKEN)
def test_what_a_reader_could_mistake_stands_in_quotes(text: str) -> None:
    assert documents({"a": text}) == f'a: "{text}"\n'


@pytest.mark.parametrize("text", ["abc", "apps/v1", "a.b-c_d", "no instance of api", "500m", "64Mi", "/healthz"])
def test_what_nobody_can_mistake_stands_plain(text: str) -> None:
    assert documents({"a": text}) == f"a: {text}\n"
