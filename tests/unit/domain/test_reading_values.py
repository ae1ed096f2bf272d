"""Durations, sizes, shares, names and kr8.toml as values."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from kr8.domain.digest import canonical, digest
from kr8.domain.model import Name, format_duration, parse_duration, parse_share, parse_size
from kr8.domain.nearest import nearest
from kr8.domain.project import Project

HEAD = {"name": "shop", "id": "prj_7k2m9q"}


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("2m", 120), ("1h30m", 5400), ("250ms", 0.25), ("1d", 86400), ("0s", 0)]
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "s", "30 s", "-1s", "1y", "1s x", "1m-2s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a duration is written like"):
        parse_duration(text)


@pytest.mark.parametrize("value", [-1, -0.5, "36501d", 1e300, float("inf"), "9" * 400 + "d"])
def test_a_duration_is_neither_negative_nor_without_end(value: object) -> None:
    with pytest.raises(ValueError, match="a duration is"):
        parse_duration(value)


@given(st.integers(min_value=0, max_value=10**12))
def test_every_duration_is_read_as_it_was_written(milliseconds: int) -> None:
    value = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(value)) == value


@pytest.mark.parametrize(("text", "share"), [("0.5%", 0.005), ("100%", 1.0), (0.25, 0.25)])
def test_a_share_is_read(text: object, share: float) -> None:
    assert parse_share(text) == share


@pytest.mark.parametrize("text", ["0.5", "x%", "%", ""])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="written like"):
        parse_share(text)


@pytest.mark.parametrize(("text", "size"), [("512K", 1 << 19), ("256M", 1 << 28), ("2G", 1 << 31), ("7", 7), (9, 9)])
def test_a_size_is_read(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["1T", "M", "1.5G", "-1K", "1 K"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a size is written like"):
        parse_size(text)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-a",
        "a-",
        "a--b",
        "A",
        "1a",
        "a" * 33,
        "a.b",
        "../a",
        "${a}",
        "{{ a }}",
        "a\n",
        "a\0",
        "\u202ea",
        "é",
        "a'b",
    ],
)
def test_a_hostile_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(name)


def project(**changes: Any) -> Project:
    whole: dict[str, Any] = {
        "project": HEAD,
        "services": {"web": {"run": ["serve", "{port}"]}, "api": {"run": ["api"], "needs": ["web"]}},
        "environments": {"staging": {}},
    }
    return Project.model_validate({**whole, **changes})


def test_services_stand_after_what_they_need() -> None:
    assert project().order() == ("web", "api")


REFUSED: dict[str, dict[str, Any]] = {
    "there is no service 'wep'": {"services": {"web": {"run": ["a"], "needs": ["wep"]}}},
    "in a ring": {"services": {"a": {"run": ["a"], "needs": ["b"]}, "b": {"run": ["b"], "needs": ["a"]}}},
    "no other environment 'staging'": {"environments": {"staging": {"builds_from": "staging"}}},
    "no account 'prod'": {"environments": {"staging": {"account": "prod"}}},
    "listen.wep": {"environments": {"staging": {"listen": {"wep": "127.0.0.1:1"}}}},
    "scale.wep": {"environments": {"staging": {"scale": {"wep": {}}}}},
    "one address": {"environments": {"staging": {"listen": {"web": "127.0.0.1:1", "api": "127.0.0.1:1"}}}},
    "max is below min": {"environments": {"staging": {"scale": {"web": {"min": 3, "max": 2}}}}},
    "steps must grow": {"environments": {"staging": {"strategy": {"kind": "canary", "steps": [25, 5]}}}},
    "both 0": {"environments": {"staging": {"strategy": {"kind": "rolling", "surge": 0, "unavailable": 0}}}},
    "'../x', outside of the project: a path": {"services": {"web": {"run": ["a"], "path": "a/../../x"}}},
    "'b', inside the project: a path here is rel": {"services": {"web": {"run": ["a"], "path": "a/../b"}}},
    "Extra inputs": {"services": {"web": {"run": ["a"], "kindd": "http"}}},
    "at least 1 item": {"services": {"web": {"run": []}}},
    "should match pattern": {"environments": {"staging": {"listen": {"web": "0.0.0.0:80"}}}},
}


@pytest.mark.parametrize("said", list(REFUSED))
def test_a_kr8_toml_that_cannot_be_meant_is_refused(said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        project(**REFUSED[said])


def test_a_port_that_no_address_has_is_refused() -> None:
    for port in ("0", "65536", "99999"):
        with pytest.raises(ValidationError):
            project(environments={"staging": {"listen": {"web": f"127.0.0.1:{port}"}}})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_a_digest_does_not_depend_on_the_order_of_keys(value: dict[str, Any]) -> None:
    assert digest(value) == digest(dict(reversed(list(value.items()))))


@given(JSON, JSON)
@example([False], [0])
def test_different_values_have_different_bytes(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == (with_types(one) == with_types(other))


def with_types(value: Any) -> Any:
    """The value with the type of each part: to Python false is 0, to JSON it is not."""
    if isinstance(value, list):
        return [with_types(item) for item in value]
    if isinstance(value, dict):
        return {key: with_types(item) for key, item in value.items()}
    return type(value), value


def test_the_nearest_word_comes_first() -> None:
    assert nearest("stagin", ["production", "staging"]).startswith("Did you mean 'staging'?")
    assert nearest("x", []) == "There are none yet."
