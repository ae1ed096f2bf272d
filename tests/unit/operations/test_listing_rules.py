"""`kr8 rules`: all of them, those of a part, those with some words."""

from __future__ import annotations

import asyncio
from importlib import import_module
from pkgutil import iter_modules

import pytest
from scripts.reference.rules import rules as page

from kr8 import rules
from kr8.domain.infrastructure_check import Part
from kr8.domain.problem import Refused
from kr8.operations.kr8.rules import ListRules, RuleList, list_rules


def listed(*words: str, part: Part | None = None) -> RuleList:
    return asyncio.run(list_rules(ListRules(words=words, part=part)))


def test_every_rule_is_listed_with_what_it_says() -> None:
    known = {each.name: each for each in listed().rules}
    assert set(known) == {info.name.replace("_", "-") for info in iter_modules(rules.__path__)}
    own = import_module("kr8.rules.image_unpinned").RULE
    assert known["image-unpinned"].model_dump() == own.model_dump(exclude={"runs_code", "security"})


def test_rules_are_found_by_part_and_by_words() -> None:
    assert {each.part for each in listed(part=Part.TERRAFORM).rules} == {Part.TERRAFORM}
    assert [each.name for each in listed("built", "VERSION").rules] == ["image-unpinned"]
    assert [each.name for each in listed("kr8/terraform-open-port").rules] == ["terraform-open-port"]
    assert [each.name for each in listed("kr8/image-unpinned").rules] == ["image-unpinned"], "and no other that ends so"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("terraform-open-prt",), "'terraform-open-port'"),
        (("kr8/terraform-open-prt",), "'terraform-open-port'"),
        (("no-such-word",), "There are: "),
        (("checkov/CKV_AWS_1",), "Those of 'checkov'"),
        (("built", "no-such-word"), "There are: "),
    ],
)
def test_a_word_that_no_rule_has_is_refused_with_those_that_there_are(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Refused) as caught:
        listed(*words)
    problem = caught.value.problem
    assert (problem.code, problem.field) == ("unknown_rule", "words") and said in problem.mend
    assert repr(words[-1]) in problem.what


def test_words_that_rules_of_other_parts_have_are_found_there() -> None:
    with pytest.raises(Refused) as caught:
        listed("terraform-open-port", part=Part.KUBERNETES)
    problem = caught.value.problem
    assert (problem.code, problem.field) == ("unknown_rule", "part")
    assert "about kubernetes" in problem.what and "kr8/terraform-open-port (terraform)" in problem.mend
    with pytest.raises(Refused) as caught:
        listed("no-such-word", part=Part.KUBERNETES)
    problem = caught.value.problem
    assert problem.field == "words" and "terraform-" not in problem.mend, "those of the part are named"


def test_the_page_has_every_rule() -> None:
    text = page()
    for each in listed().rules:
        assert f"## {each.name}\n" in text and each.title in text
