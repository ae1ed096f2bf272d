"""The reference is what the code says, and no code of an error is missing in it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys

from scripts.reference.__main__ import FOLDER
from scripts.reference.codes import NEAREST, Code, Source, Unread, codes_of
from scripts.reference.computed import FAILURES
from scripts.reference.exits import meanings
from scripts.reference.pages import PAGES, all_codes
from scripts.reference.surroundings import WORDS, given
from tests.support.tree import ROOT

from kr8.domain.model import parse_duration
from kr8.domain.target import FailureCode
from kr8.surfaces.cli.exits import ExitCode


def test_every_committed_page_is_what_make_docs_writes() -> None:
    # In a process of its own: models must be made with their texts, which the product's are not.
    check = subprocess.run(
        [sys.executable, "-m", "scripts.reference", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert check.returncode == 0, f"stale, run `make docs`: {check.stdout}{check.stderr}"


def test_nothing_else_lies_beside_them() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


def source(text: str) -> Source:
    return Source("kr8.example", ast.parse(text))


def test_codes_are_read_from_constants_branches_and_callers() -> None:
    found = source(
        'def a(code): raise refuse(code, f"{1} is wrong.", mend="Mend it.")\n'
        'a("one")\na(code="two")\n'
        'refuse("three" if x else "four", what)\n'
    )
    assert {each.name for each in codes_of(found) if isinstance(each, Code)} == {"one", "two", "three", "four"}
    assert Code("one", "… is wrong.", "Mend it.", "kr8.example") in set(codes_of(found))


def test_a_code_that_cannot_be_read_is_noticed() -> None:
    assert list(codes_of(source("refuse(table[key], 'what')"))) == [Unread("kr8.example", 1, "table[key]")]


def test_every_way_an_instance_fails_has_words() -> None:
    assert set(FAILURES) == set(FailureCode)


def test_every_variable_that_a_service_finds_has_words() -> None:
    assert set(WORDS) == given()


def test_every_code_says_something() -> None:
    """At least where the code is made in one place; elsewhere one of the places is enough."""
    silent = {each.name for each in all_codes()} - {each.name for each in all_codes() if each.what.strip("… ")}
    assert not silent


def test_every_error_says_what_to_do_next() -> None:
    """Wherever it is made; what is computed there, `…`, has words at least where another place makes the same."""
    assert [each for each in all_codes() if not each.mend] == []
    assert {each.name for each in all_codes()} == {each.name for each in all_codes() if each.mend.strip("… ")}


def test_a_mend_is_read_through_a_name() -> None:
    found = source(
        "def a(mend): raise refuse('one', 'w', mend=mend)\na('Do this.')\na('Do that.')\n"
        "refuse('two', 'w', mend=given or 'Do it.')\nrefuse('three', 'w', mend=nearest(name, known))\n"
    )
    mends = {each.name: each.mend for each in codes_of(found) if isinstance(each, Code)}
    assert mends == {"one": "Do this. / Do that.", "two": "Do it.", "three": NEAREST}


def test_every_exit_code_has_a_meaning() -> None:
    assert set(meanings()) == {each.name for each in ExitCode}


def test_the_published_schema_has_defaults_that_kr8_reads() -> None:
    schema = json.loads((FOLDER / "kr8.schema.json").read_text())
    for table in schema["$defs"].values():
        for part in table.get("properties", {}).values():
            if part.get("examples") == ["30s", "2m"] and part.get("default") is not None:
                parse_duration(part["default"])
