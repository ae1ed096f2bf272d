"""Patterns of paths: what they name, and what that costs."""

from __future__ import annotations

import pytest
from tests.support.calls import calls_counted

from kr8.domain.path_pattern import MOST_DEPTHS, PathPattern


@pytest.mark.parametrize(
    ("pattern", "path", "named"),
    [
        ("third_party/**", "third_party/a/b.tf", True),
        ("third_party", "third_party/a/b.tf", True),
        ("third_party/", "third_party/a.tf", True),
        ("./third_party", "third_party/a.tf", True),
        ("third_party", "third_party.tf", False),
        ("third_party", "a/third_party/b.tf", False),
        ("**/testdata", "testdata/a.tf", True),
        ("**/testdata/**", "a/b/testdata/c/d.tf", True),
        ("a/**/c", "a/c/x.tf", True),
        ("a/**/c", "a/b/d/c/x.tf", True),
        ("a/**/c", "a/b/x.tf", False),
        ("*.tf", "a.tf", True),
        ("*.tf", "a/b.tf", False),
        ("**/*.tf", "a/b.tf", True),
        ("old?", "old1/a.tf", True),
        ("a[1]", "a[1]/x.tf", True),
        ("a[1]", "a1/x.tf", False),
    ],
)
def test_a_pattern_names_files_and_folders_with_all_that_is_in_them(pattern: str, path: str, named: bool) -> None:
    assert list(PathPattern(pattern).among([path])) == [path] * named


@pytest.mark.parametrize("turned", [False, True])
def test_it_names_the_same_of_many_paths_as_of_each(turned: bool) -> None:
    paths = ["a/b/c.tf", "a/b.tf", "a/b/old/c.tf", "a/b/old/d/e.tf", "a/bc.tf", "old/a/b.tf", "old", "a/b/c.tf/d"]
    one = PathPattern("a/**/old")
    each = [path for path in paths if list(one.among([path]))]
    assert sorted(one.among(sorted(paths, reverse=turned))) == sorted(each) == ["a/b/old/c.tf", "a/b/old/d/e.tf"]


def calls_for(pattern: str, folder: str, files: int) -> int:
    one, paths = PathPattern(pattern), [f"{folder}/{number:04}.yaml" for number in range(files)]
    with calls_counted() as calls:
        assert list(one.among(paths)) == []
    return len(calls)


def test_how_deep_files_lie_is_paid_for_once_by_folder() -> None:
    wild = "**/a*/" * MOST_DEPTHS + "x"
    deep, deeper = (calls_for(wild, "/".join(["ab"] * depth), 200) for depth in (40, 80))
    assert deeper - deep < calls_for(wild, "/".join(["ab"] * 80), 1), "and not 200 times"


def test_what_a_folder_decides_is_not_asked_of_its_files() -> None:
    assert calls_for("third_party/**", "apps/a/b/c", 400) < 2 * calls_for("third_party/**", "apps/a/b/c", 200) + 10
    per_file = (calls_for("third_party/x*", "apps", 400) - calls_for("third_party/x*", "apps", 200)) / 200
    assert per_file <= 2, "nothing of the pattern is compared"
