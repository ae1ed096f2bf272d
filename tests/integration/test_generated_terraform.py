"""Generated Terraform, read by what will read it: the real program with the real provider."""

import base64
import json
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.support.terraform import Terraform, rich, roots, small, written
from tests.support.values import HOSTILE

from kr8.domain.project import Project

SIDE_BY_SIDE = 2
"""How many roots are looked at at once: each provider takes up to 600 MB."""


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    return Terraform(tmp_path_factory.mktemp("terraform"))


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory, terraform: Terraform) -> Mapping[str, Path]:
    """Where each project's infra/terraform is, with every root of it made ready."""
    made = {"small": small(), "jobs": jobs(), "rich": rich()}
    folders = {name: written(project, tmp_path_factory.mktemp(name)) for name, project in made.items()}
    for folder in folders.values():
        for root in roots(folder):
            terraform.ok(root, "init", "-backend=false", "-no-color")
    return folders


def jobs() -> Project:
    """A project that nothing but jobs is in: no load balancer, no service, no scaling."""
    return Project.model_validate(
        {
            "project": {"name": "reports", "id": "prj_000000"},
            "services": {"daily": {"kind": "job", "run": ["report"]}},
            "environments": {"production": {}},
        }
    )


def everywhere(folders: Mapping[str, Path]) -> Iterator[Path]:
    for folder in folders.values():
        yield from roots(folder)


def test_fmt_changes_nothing(terraform: Terraform, projects: Mapping[str, Path]) -> None:
    for folder in projects.values():
        terraform.ok(folder, "fmt", "-check", "-recursive", "-diff", "-no-color")


def distinct(folder: Path) -> list[Path]:
    """Roots whose code differs: validate reads no values, and of a backend only that there is one."""
    return list({code(root): root for root in roots(folder)}.values())


def code(root: Path) -> tuple[tuple[str, str], ...]:
    files = (path for path in sorted(root.glob("*.tf")) if path.name != "backend.tf")
    return (("", root.parent.name), *((path.name, path.read_text()) for path in files))


def test_every_root_is_valid(terraform: Terraform, projects: Mapping[str, Path]) -> None:
    def errors(root: Path) -> list[str]:
        said = json.loads(terraform.run(root, "validate", "-json", "-no-color").stdout)
        return [f"{root}: {each['severity']}: {each['summary']}: {each['detail']}" for each in said["diagnostics"]]

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        found = list(pool.map(errors, (root for folder in projects.values() for root in distinct(folder))))
    assert len(found) == 2 * len(projects) + 1, "environments, bootstraps, and of one project pipelines"
    assert [each for several in found for each in several] == []


def test_its_own_tests_pass(terraform: Terraform, projects: Mapping[str, Path]) -> None:
    environments = [root for root in everywhere(projects) if root.parent.name == "environments"]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        said = list(pool.map(lambda root: terraform.ok(root, "test", "-no-color"), environments))
    assert len(said) == 5
    assert all("Success! 2 passed, 0 failed." in each for each in said)


def test_texts_of_users_are_values(terraform: Terraform, projects: Mapping[str, Path], tmp_path: Path) -> None:
    """Where kr8.toml's free texts come out: the dashboard's description, commands, environment variables."""
    shutil.copytree(projects["rich"], tmp_path / "rich", symlinks=True)
    root = tmp_path / "rich" / "environments" / "staging"
    (root / "backend.tf").unlink()  # a console wants to know the state
    asked = "[local.description, local.services.api.command, local.services.api.environment.GREETING]"
    said = terraform.ok(root, "console", "-no-color", said=f"base64encode(jsonencode({asked}))\n")
    assert decoded(said) == [HOSTILE, ["uvicorn", "shop:app", "--port", "{port}", HOSTILE], HOSTILE]
    variables = terraform.ok(root, "console", "-no-color", said="base64encode(jsonencode(var.environment_variables))\n")
    assert decoded(variables) == {"LOG_LEVEL": "debug", "GREETING": HOSTILE}


def decoded(said: str) -> object:
    return json.loads(base64.b64decode(said.strip().strip('"')))
