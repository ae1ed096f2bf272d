"""What counts as code of what is left out, where a tool may read everything: the real checkers say."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.fakes.checkers import MemoryCheckResults
from tests.support.checking import sources_of, write
from tests.support.house import HEAD, STAGING, WEB

from kr8.domain.infrastructure_check import Part
from kr8.drivers.git.copies import GitCopies
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.kubernetes_schemas.driver import KubernetesChecker
from kr8.drivers.process.driver import Processes
from kr8.drivers.terraform.driver import Providers, TerraformChecker
from kr8.drivers.toolbox.places import places
from kr8.ports.checkers import Checker
from kr8.workflows.scope import scope_of

TOML = "".join((HEAD, WEB, STAGING, '[validation]\nleave_out = ["docs"]\n'))
DOCUMENTS = {f"docs/{name}": "x" for name in ("a.md", "b.png", "c.html", "openapi.json")}


def files_of_code(root: Path, checker: Checker, files: dict[str, str]) -> int:
    """How many files the pattern leaves out."""
    sources = sources_of(write(root, {"kr8.toml": TOML, **DOCUMENTS, **files}))

    async def scenario() -> int:
        copies = GitCopies(GitRepositories(Processes(os.environ)), root.parent / "copies")
        async with scope_of(copies, sources, sources.project, frozenset(Part)) as scope:
            await scope.concerned(checker)
            assert set(DOCUMENTS) <= set(await checker.concerned(scope.whole, scope.parts)), "its tool may read them"
        return sum(each.files for each in scope.counted())

    return asyncio.run(scenario())


@pytest.mark.parametrize("example", ["example.tf", "example.tfvars", "a.tftest.hcl"])
def test_documents_below_a_root_of_terraform_are_no_code(tmp_path: Path, example: str) -> None:
    providers = Providers(None, tmp_path / "providers", places(tmp_path)["aws-schema"])
    checker = TerraformChecker(Processes({}), {}, providers, MemoryCheckResults())
    files = {"main.tf": 'resource "terraform_data" "a" {}\n', f"docs/{example}": ""}
    assert files_of_code(tmp_path / "shop", checker, files) == 1


def test_documents_below_a_kustomization_are_no_code(tmp_path: Path) -> None:
    checker = KubernetesChecker(Processes({}), places(tmp_path)["kubernetes-validate"], {})
    files = {"kustomization.yaml": "resources: []\n", "docs/example.yaml": "kind: A\n"}
    assert files_of_code(tmp_path / "shop", checker, files) == 1
