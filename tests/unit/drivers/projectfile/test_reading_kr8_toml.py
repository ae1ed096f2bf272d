"""Every mistake in a kr8.toml has a place and a way out."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.toml import set_value
from tests.support.tree import ROOT

from kr8.domain.problem import Problem, Refused
from kr8.domain.project import BlueGreen
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.projectfile.mistakes import FORMS
from kr8.drivers.toml.positions import Positions

GOOD = """\
# The shop.
[project]
name = "shop"   # its name
id = "prj_7k2m9q"

[services.api]
run = ["./api", "{port}"]
health = { path = "/healthz", ready_limit = "10s" }

[environments.development]
strategy = { kind = "blue-green", bake = "1m" }
listen = { api = "127.0.0.1:8000" }
"""
FILES = TomlProjectFiles()


def problem(text: str | bytes) -> Problem:
    with pytest.raises(Refused) as caught:
        FILES.read(text if isinstance(text, bytes) else text.encode())
    assert caught.value.problem.code == "invalid_project_file"
    return caught.value.problem


def test_a_good_file_becomes_a_project() -> None:
    project = FILES.read(GOOD.encode())
    assert project.services["api"].health.ready_limit == timedelta(seconds=10)
    assert project.environments["development"].strategy == BlueGreen(kind="blue-green", bake=timedelta(minutes=1))


def test_the_wanted_value_is_named_by_line_and_column() -> None:
    found = problem(GOOD.replace('"10s"', '"soon"'))
    assert found.place == "kr8.toml:8:31"
    assert found.field == "services.api.health.ready_limit"
    assert 'a duration is written like "30s"' in str(found.output)


@pytest.mark.parametrize("address", ["0.0.0.0:8000", "[::]:8000", ":8000", "localhost:8000", "10.0.0.7:443"])
def test_another_address_than_of_loopback_is_told_why_it_cannot_be_and_what_goes_in_front(address: str) -> None:
    found = problem(GOOD.replace("127.0.0.1:8000", address))
    assert (found.place, found.field) == ("kr8.toml:12:12", "environments.development.listen.api")
    assert f"'{address}' is not allowed" in found.output[0] and "loopback" in found.output[0]
    assert "TLS" in found.output[0] and "^" not in found.output[0]
    assert "127.0.0.1:PORT" in found.mend and Path(ROOT, found.mend.rpartition(" ")[2]).is_file()


def test_an_unknown_key_gets_the_nearest_right_one() -> None:
    found = problem(GOOD.replace("health =", "helth ="))
    assert (found.place, found.field) == ("kr8.toml:8:1", "services.api.helth")
    assert "Did you mean 'health'?" in found.mend


@pytest.mark.parametrize("table", ["infrastructure", "environments.development.infrastructure"])
def test_a_key_that_was_renamed_names_the_new_one(table: str) -> None:
    found = problem(f'{GOOD}[{table}.kubernetes]\ndomain = "shop.example.com"\n')
    assert found.field == f"{table}.kubernetes.domain"
    assert "base_domain" in found.mend and "base_domain" in str(found.output)
    assert FILES.read(f'{GOOD}[{table}.kubernetes]\nbase_domain = "example.com"\n'.encode())


def test_an_unknown_key_of_a_strategy_gets_the_nearest_of_that_strategy() -> None:
    found = problem(GOOD.replace("bake =", "bakke ="))
    assert (found.place, found.field) == ("kr8.toml:11:35", "environments.development.strategy.bakke")
    assert "Did you mean 'bake'?" in found.mend
    assert "surge" not in found.mend


def test_a_missing_key_is_placed_at_its_table() -> None:
    found = problem(GOOD.replace('id = "prj_7k2m9q"\n', ""))
    assert (found.place, found.field) == ("kr8.toml:2:2", "project.id")


def test_all_mistakes_are_listed_in_the_order_of_the_file() -> None:
    bad = GOOD.replace('"shop"', '"My Shop"').replace('["./api", "{port}"]', '"./api {port}"').replace("8000", "x")
    found = problem(bad)
    assert found.what == "kr8.toml has 3 mistakes."
    assert [line.split()[0] for line in found.output] == ["kr8.toml:3:1", "kr8.toml:7:1", "kr8.toml:12:12"]
    assert "lower-case letters" in str(found.output)
    assert "it must be a list" in str(found.output)


def test_a_check_of_the_whole_file_is_placed_at_its_key() -> None:
    found = problem(GOOD.replace("run =", 'needs = ["db"]\nrun ='))
    assert (found.place, found.field) == ("kr8.toml:7:1", "services.api.needs")
    found = problem(GOOD.replace("listen = { api", "listen = { web"))
    assert (found.place, found.field) == ("kr8.toml:12:12", "environments.development.listen.web")


@pytest.mark.parametrize(
    ("line", "field", "said"),
    [
        ("zones = 5", "zones", "5 is not allowed: it must be a whole number from 2 to 3"),
        ('zones = "3"', "zones", "'3' is not allowed: it must be a whole number from 2 to 3"),
        ("zones = true", "zones", "true is not allowed: it must be a whole number from 2 to 3"),
        ("zones = 2.5", "zones", "2.5 is not allowed: it must be a whole number from 2 to 3"),
        ('spot = "yes"', "spot", "'yes' is not allowed: it must be true or false"),
        ("spot = 1", "spot", "1 is not allowed: it must be true or false"),
        ('outbound_ports = [443, "80"]', "outbound_ports.1", "'80' is not allowed: it must be a whole number from 1"),
        ("region = 3", "region", "3 is not allowed: it must be a text"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_what_is_allowed(line: str, field: str, said: str) -> None:
    found = problem(f"{GOOD}[infrastructure.terraform]\n{line}\n")
    assert found.field == f"infrastructure.terraform.{field}" and said in found.output[0]
    assert len(found.output) == 1


def test_a_name_that_is_too_long_is_told_with_the_form_of_names() -> None:
    found = problem(GOOD.replace('"shop"', f'"{"s" * 40}"'))
    assert "is not allowed: " in found.output[0] and "at most 32 characters" in found.output[0]
    assert "String should" not in found.output[0] and "s" * 40 in found.output[0]


def test_numbers_in_strategies_stand_without_quotes_too() -> None:
    rolling = GOOD.replace('kind = "blue-green", bake = "1m"', 'kind = "rolling", surge = "1"')
    found = problem(rolling)
    assert (found.field, found.place) == ("environments.development.strategy.surge", "kr8.toml:11:32")


def test_a_service_that_is_not_there_is_told_with_those_that_are() -> None:
    found = problem(GOOD + '[services.web]\nrun = ["w"]\nneeds = ["apj"]\n')
    assert (found.field, found.mend) == ("services.web.needs", "Did you mean 'api'? There are: api.")
    assert "there is no service 'apj'. Did you mean 'api'?" in found.output[0]
    found = problem(GOOD + 'account = "prod"\n')
    assert (found.field, found.mend) == ("environments.development.account", "There are none yet.")


def test_a_variable_with_a_space_in_its_name_is_refused_where_it_is_written() -> None:
    found = problem(GOOD + 'env = { "A B" = "x" }\n')
    assert found.place == "kr8.toml:13:9" and "environments.development.env.A B" in found.output[0]


def test_a_strategy_names_gates_that_are_installed_and_an_unknown_one_gets_the_nearest() -> None:
    named = GOOD.replace('bake = "1m"', 'bake = "1m", gates = ["latency", "smoke"]')
    assert TomlProjectFiles({"latency", "smoke"}).read(named.encode()).environments["development"].strategy.gates == (
        "latency",
        "smoke",
    )
    found = problem(named.replace("latency", "latenzy"))
    assert (found.place, found.field) == ("kr8.toml:11:57", "environments.development.strategy.gates.0")
    assert "there is no gate 'latenzy' here" in str(found.output) and "Did you mean 'latency'?" in found.mend
    smoke = "kr8.toml:11:68 environments.development.strategy.gates.1: there is no gate 'smoke' here"
    assert any(line.startswith(smoke) for line in found.output)


def test_an_unknown_kind_of_strategy_names_the_ones_there_are() -> None:
    found = problem(GOOD.replace('"blue-green"', '"blue-gren"'))
    assert found.place == "kr8.toml:11:1"
    assert "Did you mean 'blue-green'?" in found.mend


def test_an_unknown_target_names_the_ones_there_are() -> None:
    found = problem(GOOD + 'target = "kubernets"\n')
    assert (found.place, "Did you mean 'kubernetes'?" in found.mend) == ("kr8.toml:13:1", True)


@pytest.mark.parametrize(
    ("line", "place", "field", "allowed"),
    [
        ('env = { "A=B" = "x" }', "8:9", "services.api.env.A=B", "no '=' and no NUL in it"),
        ('env = { "A:B" = "x" }', "8:9", "services.api.env.A:B", "has letters, digits, '_', '-' and '.'"),
        ('env = { "1A" = "x" }', "8:9", "services.api.env.1A", "starts with a letter or '_'"),
        ('env = { "" = "x" }', "8:9", "services.api.env.", "is not empty"),
        ('env = { "A\\u0000" = "x" }', "8:9", "services.api.env.A\\x00", "no '=' and no NUL in it"),
        ('env = { A = "x\\u0000y" }', "8:9", "services.api.env.A", "a value has no NUL in it"),
        ('build = "make\\u0000"', "8:1", "services.api.build", "a command has no NUL in it"),
        ('before = { run = ["a", "\\u0000"] }', "8:24", "services.api.before.run.1", "a command has no NUL in it"),
        ('before = { run = [""] }', "8:19", "services.api.before.run.0", "it must name a program"),
        ('before = { run = ["a"], limit = "0s" }', "8:25", "services.api.before.limit", "it must be longer than 0s"),
        ('health = { ready_limit = "0s" }', "8:12", "services.api.health.ready_limit", "it must be longer than 0s"),
        ("build_limit = 0", "8:1", "services.api.build_limit", "it must be longer than 0s"),
        ("stop_limit = -1", "8:1", "services.api.stop_limit", "is never negative"),
        ('stop_limit = "99999999999999d"', "8:1", "services.api.stop_limit", "at most"),
    ],
)
def test_what_no_process_can_be_given_is_refused_with_what_is_allowed(
    line: str, place: str, field: str, allowed: str
) -> None:
    found = problem(GOOD.replace('health = { path = "/healthz", ready_limit = "10s" }\n', line + "\n"))
    assert (found.place, found.field) == (f"kr8.toml:{place}", field)
    assert allowed in str(found.output)


def test_what_no_process_can_be_given_is_refused_in_run_and_in_environments_too() -> None:
    found = problem(GOOD.replace('"{port}"', '"{port}\\u0000"'))
    assert (found.place, found.field) == ("kr8.toml:7:17", "services.api.run.1")
    found = problem(GOOD + 'env = { "A=B" = "x" }\n')
    assert (found.place, found.field) == ("kr8.toml:13:9", "environments.development.env.A=B")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[project\nname = 1", "kr8.toml:1:9"),
        ('[project]\nname = "shop', "kr8.toml:2:13"),
        ('[project]\nname = "a"\nname = "b"\n', "kr8.toml:3:11"),
        ("[a]\n[b]\n[a]\n", "kr8.toml:3:3"),
        ("", "kr8.toml:1:1"),
        (b"a = 1\nb\xc3\xa9 = '\xff'", "kr8.toml:2:7"),
        (b"\x00", "kr8.toml:1:1"),
        ("a = " + "[" * 100_000, "kr8.toml:1:1"),
        ("a = " + "9" * 10_000, "kr8.toml:1:1"),
        (".".join("a" * 20_000) + " = 1", "kr8.toml:1:1"),
        ("a = " + "[\n{a.a.a.a.a.a.a.a.a = " * 100 + "1" + "}]" * 100, "kr8.toml:1:1"),
        ("#" * 300_000, "kr8.toml:1:1"),
    ],
)
def test_what_is_no_toml_is_refused_with_a_place(text: str | bytes, place: str) -> None:
    assert problem(text).place == place


def test_a_conflict_that_git_has_left_is_named_as_one() -> None:
    found = problem(GOOD + "<<<<<<< HEAD\n=======\n>>>>>>> theirs\n")
    assert "conflict of Git" in found.output[0] and "both sides" in found.mend


def test_columns_count_characters() -> None:
    found = problem(GOOD.replace("{ path", '{ "päth" = 1, pat'))
    assert [line.split()[0] for line in found.output] == ["kr8.toml:8:12", "kr8.toml:8:24"]


def test_a_hostile_value_is_shown_on_one_line() -> None:
    found = problem(GOOD.replace('"shop"', '"\\u202e\\n' + "x" * 10_000 + '"'))
    assert len(found.output) == 1
    assert "\u202e" not in str(found.output)
    assert len(str(found.output)) < 400


def test_many_mistakes_stay_readable() -> None:
    found = problem(GOOD + "\n".join(f"k{number} = 1" for number in range(1000)))
    assert found.what == "kr8.toml has 1000 mistakes."
    assert found.output[-1].endswith("and 950 more")


def test_lists_of_tables_have_places() -> None:
    text = b"[[a]]\nx = 1\n[[a]]\nx = [1,\n 2]\n[a.b]\ny.z = 1\n"
    positions = Positions(text)
    assert positions.at(("a", 1, "x", 1)) == (5, 2)
    assert positions.at(("a", 1, "b", "y", "z")) == (7, 3)
    assert positions.at(("a", 7, "nothing")) == (1, 3)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode(errors="replace"))))
def test_no_bytes_make_it_fall_over(content: bytes) -> None:
    with pytest.raises(Refused):
        FILES.read(content)


VALUES = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.text(max_size=10), st.floats()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(["project.name", "services.api", "services.api.run", "environments.development.strategy", "x.y"]),
    VALUES,
)
def test_no_value_anywhere_makes_it_fall_over(path: str, value: object) -> None:
    text = set_value(GOOD, tuple(path.split(".")), value)
    try:
        FILES.read(text.encode())
    except Refused as refused:
        assert refused.problem.place is not None


def test_a_set_value_leaves_comments_where_they_are() -> None:
    changed = set_value(GOOD, ("project", "name"), "store")
    assert changed == GOOD.replace('"shop"', '"store"')
    assert FILES.read(set_value(GOOD, ("services", "api", "slo", "errors"), "1%").encode()).services["api"].slo.errors


def test_a_value_is_not_set_below_one_that_is_no_table() -> None:
    with pytest.raises(Refused):
        set_value(GOOD, ("project", "name", "first"), "x")


def test_the_schema_knows_every_key() -> None:
    text = json.dumps(FORMS.schema)
    assert '"ready_limit"' in text
    assert {"steps", "hold"} <= set(FORMS.keys_at(("environments", "x", "strategy", "canary")))
    assert FORMS.keys_at(("nothing", "like", "it")) == ()


def test_files_are_written_and_none_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    files = {"README.md": b"ours", "app/main.py": b"code", "run": b"#!/bin/sh"}
    assert FILES.write(tmp_path, files, frozenset({"run"})) == ("app/main.py", "run")
    assert (tmp_path / "README.md").read_text() == "mine"
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("path", ["/etc/owned", "../owned", "a/../../owned", "link/owned", "", "."])
def test_nothing_is_written_outside(tmp_path: Path, path: str) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)
    with pytest.raises(Refused) as caught:
        FILES.write(inside, {"good": b"", path: b""})
    assert caught.value.problem.code == "path_outside"
    assert not (inside / "good").exists()
    assert not list(outside.iterdir())


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("infra/terraform/**", "it leaves out infra/terraform, which is always judged"),
        ("**", "it leaves out kr8.toml"),
        ("/etc", "outside of the project"),
        ("a/../b", "inside the project"),
        ("./", "names no file"),
        ("**/a/" * 5, "has ** in it more than 4 times"),
        ("", "a path with * and ?"),
        ("a\\\\b", "a path with * and ?"),
    ],
)
def test_a_pattern_that_cannot_leave_out_what_it_names_is_named_with_its_place(pattern: str, said: str) -> None:
    found = problem(f'{GOOD}[validation]\nleave_out = ["docs/**", "{pattern}"]\n')
    assert said in str(found.output) and found.place is not None and found.place.startswith("kr8.toml:14:")
    assert found.field == "validation.leave_out.1"


def test_a_key_of_validation_that_is_not_known_is_named_with_the_nearest() -> None:
    found = problem(f'{GOOD}[validation]\nleaves_out = ["docs/**"]\n')
    assert found.field == "validation.leaves_out" and "leave_out" in found.mend
