"""Patterns of what is left out: what they name, and what they may not."""

from __future__ import annotations

import pytest
from tests.support.house import HEAD, STAGING, WEB

from kr8.domain.leaving_out import leaving_out, refusals
from kr8.domain.project import Project
from kr8.drivers.projectfile.driver import TomlProjectFiles


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


@pytest.mark.parametrize(
    "pattern", [".gitlab-ci.yml", ".circleci", ".circleci/**", ".circleci/config.yml", ".gitlab/ci/*.yml"]
)
def test_what_other_pipelines_are_made_of_cannot_be_left_out_either(pattern: str) -> None:
    ((_, what),) = refusals(project(pattern))
    assert "pipelines run" in what


def test_where_a_wide_pattern_names_them_they_are_judged_all_the_same() -> None:
    wide = project("**/*.yml")
    assert list(refusals(wide)) == [], "there may be none of them"
    found = leaving_out(wide, ("a.yml", ".gitlab-ci.yml", ".circleci/config.yml"))
    assert list(found.by_pattern) == ["a.yml"] and found.findings[0].rule == "kr8/not-left-out"


@pytest.mark.parametrize("pattern", ["third_party/**", "**/testdata/**", "infra/legacy/**", "**/*.yaml", "tests"])
def test_the_rest_can(pattern: str) -> None:
    assert list(refusals(project(pattern))) == []


def test_what_is_always_judged_is_not_among_what_wide_patterns_leave_out_and_that_is_said() -> None:
    paths = ("old/a.yaml", "infra/kubernetes/base/web.yaml", ".github/workflows/ci.yaml", "kr8.toml")
    wide = project("**/*.yaml", "gone/**")
    found = leaving_out(wide, paths)
    assert found.by_pattern == {"old/a.yaml": "**/*.yaml"}
    kept, idle = found.findings
    assert kept.rule == "kr8/not-left-out" and "infra/kubernetes/base/web.yaml" in kept.why and "2 files" in kept.what
    assert idle.rule == "kr8/leave-out-unused" and idle.why == "gone/**"


def test_one_file_that_is_judged_all_the_same_is_told_as_one() -> None:
    (kept,) = leaving_out(project("**/*.yaml"), ("old/a.yaml", ".github/workflows/ci.yaml")).findings
    assert kept.what == "1 file is judged although a pattern of leave_out names it."
