"""What the files that a template makes may be."""

from __future__ import annotations

import pytest

from kr8.domain.made_files import check_kind
from kr8.domain.problem import Refused
from kr8.domain.template import Template

TEMPLATE = Template(name="mine", version="1.0.0", kind="infrastructure", description="Mine.")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (".kr8/waivers.toml", "template_waives"),
        (".KR8/Waivers.toml", "template_waives"),
        (".kr8/template.toml", "template_makes_records"),
        (".kr8/unfinished", "template_makes_records"),
        (".kr8/added/other.toml", "template_makes_records"),
        (".kr8/generated/terraform", "template_makes_records"),
        (".kr8/Generated/terraform", "template_makes_records"),
        ("kr8.toml", "template_makes_project"),
    ],
)
def test_what_is_peoples_or_kr8s_own_is_refused(path: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        check_kind(TEMPLATE, ("a", path), "infrastructure")
    problem = caught.value.problem
    assert (problem.code, problem.field) == (code, "template") and problem.mend


def test_a_records_path_is_told() -> None:
    with pytest.raises(Refused) as caught:
        check_kind(TEMPLATE, (".kr8/template.toml",), "infrastructure")
    assert caught.value.problem.output == (".kr8/template.toml",)


@pytest.mark.parametrize(
    "path", [".kr8/policies/mine.rego", ".kr8/templates/tea/template.toml", "docs/.kr8/template.toml"]
)
def test_other_files_are_a_templates_to_make(path: str) -> None:
    check_kind(TEMPLATE, (path,), "infrastructure")
