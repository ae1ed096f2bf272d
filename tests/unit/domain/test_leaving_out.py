"""Patterns of what is left out: what they name, and what they may not."""

from __future__ import annotations

import pytest
from tests.support.house import HEAD, STAGING, WEB

from kr8.domain.leaving_out import leaves_out, left_out, refusals, told
from kr8.domain.project import Project
from kr8.drivers.projectfile.driver import TomlProjectFiles


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
    assert leaves_out(pattern, path) is named


def test_no_pattern_takes_long() -> None:
    assert not leaves_out("*a" * 90 + "b", "a" * 255)
    assert not leaves_out("**/" * 60 + "x", "/".join(["a"] * 1000))


def project(*patterns: str) -> Project:
    made = TomlProjectFiles().read("".join((HEAD, WEB, STAGING)).encode())
    return made.model_copy(update={"validation": made.validation.model_copy(update={"leave_out": patterns})})


@pytest.mark.parametrize(
    "pattern",
    [
        *("kr8.toml", "*", "**", "*.toml", ".kr8", ".kr8/policies/*", ".github/workflows/deploy.yml", ".g*"),
        *("infra", "infra/**", "infra/terraform", "infra/terraform/modules/**", "*/kubernetes", "i*/ansible"),
        *("Dockerfile", "Docker*", "./Dockerfile"),
    ],
)
def test_what_kr8_deploys_from_cannot_be_left_out(pattern: str) -> None:
    ((number, what),) = refusals(project("docs/**", pattern))
    assert number == 1 and "always judged" in what


@pytest.mark.parametrize("pattern", ["third_party/**", "**/testdata/**", "infra/legacy/**", "**/*.yaml", "tests"])
def test_the_rest_can(pattern: str) -> None:
    assert list(refusals(project(pattern))) == []


def test_what_is_always_judged_is_not_among_what_wide_patterns_leave_out_and_that_is_said() -> None:
    paths = ("old/a.yaml", "infra/kubernetes/base/web.yaml", ".github/workflows/ci.yaml", "kr8.toml")
    wide = project("**/*.yaml", "gone/**")
    assert left_out(wide, paths) == {"old/a.yaml": "**/*.yaml"}
    kept, idle = told(wide, paths)
    assert kept.rule == "kr8/not-left-out" and "infra/kubernetes/base/web.yaml" in kept.why and "2 files" in kept.what
    assert idle.rule == "kr8/leave-out-unused" and idle.why == "gone/**"
