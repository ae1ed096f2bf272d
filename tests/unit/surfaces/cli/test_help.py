"""What `--help` says: in the words of the command line, and of every group."""

import re

import click
import pytest

from kr8.surfaces.cli.catalogue import load
from kr8.surfaces.cli.groups import GROUPS, entries_of

CATALOGUE = load()
COMMANDS = entries_of(CATALOGUE)
UNDERSCORED = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
"""How tools and their arguments are written, and nothing that is typed on a command line."""


def helped(path: tuple[str, ...]) -> str:
    command = COMMANDS[path].make()
    return command.get_help(click.Context(command, info_name=" ".join(path)))


@pytest.mark.parametrize("path", sorted(COMMANDS), ids=" ".join)
def test_no_help_names_a_tool_or_an_argument_of_one(path: tuple[str, ...]) -> None:
    assert not UNDERSCORED.findall(helped(path)) and "call again" not in helped(path)


def test_every_group_has_words_of_its_own() -> None:
    assert {path[0] for path in COMMANDS if len(path) > 1} == set(GROUPS)


@pytest.mark.parametrize(("path", "needed"), [(("stop",), False), (("restore",), False), (("deploy",), True)])
def test_yes_speaks_of_approvals_where_there_are_any(path: tuple[str, ...], needed: bool) -> None:
    assert ("an approval" in helped(path)) is needed


def test_for_a_word_that_is_none_of_some_the_nearest_is_named() -> None:
    with pytest.raises(click.BadParameter) as caught:
        COMMANDS[("validate",)].make().make_context("validate", ["terrafom"])
    assert "'terrafom' is none of them. Did you mean 'terraform'? There are: terraform" in caught.value.format_message()
