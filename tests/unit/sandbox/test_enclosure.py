"""Which places are allowed, so that those named have their own rights and everything else another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kr8.sandbox.enclosure import rules
from kr8.sandbox.landlock import NOTHING, READ, WRITE


def tree(root: Path, *places: str) -> None:
    for place in places:
        (root / place).mkdir(parents=True)


def under(root: Path, found: Mapping[str, int]) -> dict[str, int]:
    """The rules below a folder, by their paths in it."""
    return {path[len(f"{root}/") :]: right for path, right in found.items() if path.startswith(f"{root}/")}


def right_of(path: str, found: Mapping[str, int]) -> int:
    """What a path has by all rules above it, as the kernel counts."""
    has = 0
    for folder, right in found.items():
        if folder in ("/", path) or path.startswith(f"{folder}/"):
            has |= right
    return has


def test_with_nothing_named_one_rule_is_enough() -> None:
    assert rules(WRITE, {}) == {"/": WRITE}


def test_what_lies_beside_the_way_is_allowed_and_the_way_is_not(tmp_path: Path) -> None:
    tree(tmp_path, "a/home/keys", "a/home/builds/b/files", "a/beside", "c")
    found = rules(WRITE, {f"{tmp_path}/a/home": NOTHING, f"{tmp_path}/a/home/builds/b/files": WRITE})
    assert under(tmp_path, found) == {"a/beside": WRITE, "c": WRITE, "a/home/builds/b/files": WRITE}
    assert "/" not in found and str(tmp_path) not in found
    assert right_of("/usr/bin/env", found) == WRITE


def test_each_place_has_its_own_right_and_no_more(tmp_path: Path) -> None:
    tree(tmp_path, "t/home/x", "t/other", "u/code/deep", "u/more")
    named = {f"{tmp_path}/t": WRITE, f"{tmp_path}/t/home": NOTHING, f"{tmp_path}/u/code": NOTHING | READ}
    found = rules(READ, named)
    for path, right in {"t/home/x": NOTHING, "t/other": WRITE, "u/code/deep": READ, "u/more": READ}.items():
        assert right_of(f"{tmp_path}/{path}", found) == right, path


def test_a_place_that_may_be_read_leaves_its_neighbours_writable(tmp_path: Path) -> None:
    tree(tmp_path, "u/code", "u/more")
    found = rules(WRITE, {f"{tmp_path}/u/code": READ})
    assert right_of(f"{tmp_path}/u/more/x", found) == WRITE
    assert right_of(f"{tmp_path}/u/code/x", found) == READ
    assert right_of(f"{tmp_path}/u", found) == READ


def test_a_link_is_no_way_into_a_closed_place(tmp_path: Path) -> None:
    tree(tmp_path, "home", "beside")
    (tmp_path / "way").symlink_to(tmp_path / "home")
    found = rules(WRITE, {f"{tmp_path}/home": NOTHING})
    assert under(tmp_path, found) == {"beside": WRITE}
