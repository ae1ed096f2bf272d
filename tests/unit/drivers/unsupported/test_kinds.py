"""Each kind that nobody judges is known by what it surely is, and told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.support.calls import calls_counted

from kr8.domain.digest import digest
from kr8.domain.infrastructure_check import CheckState, Part
from kr8.drivers.unsupported.driver import UnsupportedChecker
from kr8.drivers.unsupported.kinds import KINDS
from kr8.ports.checkers import Sources

CHART = "apiVersion: v2\nname: web\nversion: 0.1.0\n"
ROLE = "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}}\n"
ARM = '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources": []}'
SERVICES = "services:\n  db: {image: postgres, privileged: true}\n"


def places(root: Path, files: dict[str, str], *parts: Part) -> dict[str, list[str | None]]:
    """Where something was not judged, by the name of its kind."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    sources = Sources(root=root, digests={path: digest(text) for path, text in sorted(files.items())})
    found: dict[str, list[str | None]] = {}
    for kind in KINDS:
        checker = UnsupportedChecker(kind)
        concerned = asyncio.run(checker.concerned(sources, frozenset(parts or Part)))
        if concerned:
            checked = asyncio.run(checker.check(sources, concerned))
            assert checked.state is CheckState.NOT_CHECKED and checked.lasting and not checked.findings
            found[checker.name] = [gap.place for gap in checked.gaps]
    return found


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"deploy/Chart.yaml": CHART, "deploy/templates/a.yaml": ROLE}, {"helm": ["deploy"]}),
        ({"Chart.yaml": CHART, "templates/a.yaml": ROLE}, {"helm": ["."]}),
        ({"Chart.yaml": f"{CHART}dependencies:\n  - {{name: postgresql}}\n"}, {"helm": ["."]}),
        ({"docker-compose.yml": SERVICES}, {"compose": ["docker-compose.yml"]}),
        ({"a/compose.prod.yaml": SERVICES}, {"compose": ["a/compose.prod.yaml"]}),
        ({"live/terragrunt.hcl": "inputs = {}\n"}, {"terragrunt": ["live/terragrunt.hcl"]}),
        ({"Pulumi.yaml": "name: a\nruntime: yaml\n"}, {"pulumi": ["Pulumi.yaml"]}),
        ({"a/arm.json": ARM}, {"azure": ["a/arm.json"]}),
        ({"sub.json": ARM.replace("deployment", "subscriptionDeployment")}, {"azure": ["sub.json"]}),
        ({"arm.jsonc": f"// All.\n{ARM}", "main.bicep": ""}, {"azure": ["arm.jsonc", "main.bicep"]}),
    ],
)
def test_what_nothing_judges_is_told_where_it_is(
    tmp_path: Path, files: dict[str, str], expected: dict[str, list[str | None]]
) -> None:
    assert places(tmp_path, files) == expected


@pytest.mark.parametrize(
    "files",
    [
        {"Chart.yaml": CHART, "templates/a.yaml": ROLE.replace("{{ .Release.Name }}", "web")},
        {"templates/a.yaml": ROLE},
        {"compose.yaml": "title: How to compose a letter\n"},
        {"decompose.yml": SERVICES},
        {"Pulumi.yaml": "name: a\n"},
        {"infra/.terraform.lock.hcl": ""},
    ],
)
def test_what_is_something_else_or_judged_as_it_is_written_is_not_told(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, files) == {}


def test_a_part_that_was_not_asked_for_is_left_out(tmp_path: Path) -> None:
    files = {"Chart.yaml": CHART, "templates/a.yaml": ROLE, "compose.yaml": SERVICES}
    assert places(tmp_path, files, Part.KUBERNETES) == {"helm": ["."]}


def calls_for(root: Path, charts: int) -> int:
    """How many functions are called for so many charts, each with two templates."""
    files = {
        f"c{number}/{path}": text
        for number in range(charts)
        for path, text in (("Chart.yaml", CHART), ("templates/a.yaml", ROLE), ("templates/b/a.yaml", ROLE))
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    sources = Sources(root=root, digests=dict.fromkeys(files, ""))
    (helm,) = (kind for kind in KINDS if kind.name == "helm")
    with calls_counted() as calls:
        found = helm.find(sources)
    assert [len(paths) for paths in found.values()] == [3] * charts
    return len(calls)


def test_what_many_charts_cost_grows_with_their_number(tmp_path: Path) -> None:
    few, many = calls_for(tmp_path / "few", 20), calls_for(tmp_path / "many", 200)
    assert many < 12 * few
