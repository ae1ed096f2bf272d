"""What holds the key to secrets is started with nothing of a commit, and nothing outlives it that has the key."""

from __future__ import annotations

import pytest

from kr8.supervisor.exits import wrapped
from kr8.supervisor.launcher import environment
from kr8.supervisor.wire import RunSpec, TaskSpec

MARKS = {"KR8_INSTANCE": "i-1"}
LAUNCHER = ("python", "-I", "-m", "launch", "rel_1", "--")


def test_a_program_without_secrets_gets_its_variables_and_its_mark() -> None:
    assert environment({"PATH": "/bin", "KR8_INSTANCE": "other"}, MARKS, ()) == {"PATH": "/bin", **MARKS}


@pytest.mark.parametrize(
    "name", ["PATH", "LANG", "PYTHONPATH", "LD_PRELOAD", "KR8_GIVEN", "KR8_INSTANCE", "GCONV_PATH"]
)
def test_no_variable_of_a_commit_keeps_its_name_before_a_launcher(name: str) -> None:
    made = environment({name: "of the commit"}, MARKS, (3, 4))
    fixed = {"LANG": "C.UTF-8", "KR8_INSTANCE": "i-1", "KR8_GIVEN": "3,4"}
    assert made == {**fixed, f"KR8_THEN_{name}": "of the commit"}


def test_the_shell_that_waits_comes_behind_the_launcher() -> None:
    assert wrapped(("tidy", "--", "all"), ())[0] == "/bin/sh"
    found = wrapped((*LAUNCHER, "tidy", "--", "all"), (3, 4))
    assert (found[:7], found[-4:]) == ((*LAUNCHER, "/bin/sh"), ("sh", "tidy", "--", "all"))


@pytest.mark.parametrize("argv", [("tidy",), ("tidy", "--"), ("--", "tidy")])
def test_nothing_but_a_launcher_is_given_files(argv: tuple[str, ...]) -> None:
    for made in (RunSpec, TaskSpec):
        with pytest.raises(ValueError, match="given: is for a launcher"):
            made(argv, "/", given=("/keys",))
