"""Tests of Terraform are run where they ask nobody, and what does not hold is a finding at its line."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.fakes.checkers import MemoryCheckResults

from kr8.domain.digest import digest
from kr8.domain.finding import Severity
from kr8.domain.infrastructure_check import Checked, CheckState, Part
from kr8.drivers.process.driver import Processes
from kr8.drivers.terraform.driver import Providers, TerraformChecker
from kr8.drivers.toolbox.places import places
from kr8.generators.terraform.layout import HEADER
from kr8.ports.checkers import Sources

MAIN = 'variable "size" {\n  type = number\n}\n\nresource "terraform_data" "this" {\n  input = var.size\n}\n'
TRIAL = """\
run "is_large" {{
  command = plan

  assert {{
    condition     = terraform_data.this.input > {least}
    error_message = "It is too small."
  }}
}}
"""


def checked(root: Path, checker: TerraformChecker) -> Checked:
    files = {str(path.relative_to(root)): digest(path.read_text()) for path in root.rglob("*") if path.is_file()}
    sources = Sources(root=root, digests=files)

    async def story() -> Checked:
        return await checker.check(sources, await checker.concerned(sources, frozenset({Part.TERRAFORM})))

    return asyncio.run(story())


def checker_of(tmp_path: Path) -> TerraformChecker:
    tools = places(Path(os.environ["KR8_TOOLS"]))
    providers = Providers(None, tmp_path / "cache", tools["aws-schema"])
    return TerraformChecker(Processes(os.environ), os.environ, providers, MemoryCheckResults())


def root_of(folder: Path, size: int, trial: str) -> Path:
    (folder / "tests").mkdir(parents=True)
    (folder / "main.tf").write_text(MAIN)
    (folder / "terraform.tfvars").write_text(f"size = {size}\n")
    (folder / "tests" / "size.tftest.hcl").write_text(trial)
    return folder


def test_what_does_not_hold_is_found_and_found_again_after_a_change_of_values(tmp_path: Path) -> None:
    checker = checker_of(tmp_path)
    root = root_of(tmp_path / "repository", 5, TRIAL.format(least=3))
    assert checked(root, checker).findings == ()
    (root / "terraform.tfvars").write_text("size = 2\n")
    result = checked(root, checker)
    (found,) = result.findings
    assert (found.rule, found.severity) == ("terraform/test-assertion-failed", Severity.HIGH)
    assert found.place == "tests/size.tftest.hcl:5" and "It is too small." in found.why
    assert result.state is CheckState.CHECKED
    assert checked(root, checker).findings == (found,)
    (root / "tests" / "size.tftest.hcl").write_text(TRIAL.format(least=1))
    assert checked(root, checker).findings == ()


def test_tests_that_apply_are_not_checked_and_so_no_pass(tmp_path: Path) -> None:
    root = root_of(tmp_path / "repository", 2, TRIAL.format(least=3).replace("plan", "apply"))
    result = checked(root, checker_of(tmp_path))
    assert result.findings == () and result.state is CheckState.NOT_CHECKED and result.lasting
    assert "tests/size.tftest.hcl" in result.why and "or apply" in result.why and "terraform test" in result.why


def test_beside_tests_that_apply_the_others_are_run(tmp_path: Path) -> None:
    root = root_of(tmp_path / "repository", 2, TRIAL.format(least=3))
    for number in range(9):
        (root / "tests" / f"applies_{number}.tftest.hcl").write_text(TRIAL.format(least=3).replace("plan", "apply"))
    result = checked(root, checker_of(tmp_path))
    assert [each.rule for each in result.findings] == ["terraform/test-assertion-failed"]
    assert result.state is CheckState.NOT_CHECKED
    assert "applies_4.tftest.hcl and 4 more" in result.why and "size.tftest.hcl" not in result.why


def test_roots_that_ask_the_same_of_other_values_are_each_tested(tmp_path: Path) -> None:
    for name, size in (("a", 5), ("b", 2)):
        root_of(tmp_path / "repository" / name, size, TRIAL.format(least=3))
    result = checked(tmp_path / "repository", checker_of(tmp_path))
    (found,) = result.findings
    assert (found.rule, found.place) == ("terraform/test-assertion-failed", "b/tests/size.tftest.hcl:5")


def test_of_roots_whose_tests_kr8_has_made_the_first_that_asks_is_tested_and_that_is_told(tmp_path: Path) -> None:
    made = f"# {HEADER}\n\n"
    for name, size in (("a", 5), ("b", 2)):
        root_of(tmp_path / "repository" / name, size, made + TRIAL.format(least=3))
    root_of(tmp_path / "repository" / "c", 2, made + TRIAL.format(least=4))
    result = checked(tmp_path / "repository", checker_of(tmp_path))
    found = {each.rule: each for each in result.findings}
    assert found["terraform/test-assertion-failed"].place == "c/tests/size.tftest.hcl:7"
    elsewhere = found["terraform/tested-elsewhere"]
    assert (elsewhere.place, elsewhere.severity) == ("b/tests/size.tftest.hcl", Severity.INFO)
    assert "those of a ask the same" in elsewhere.what and result.state is CheckState.CHECKED


def test_tests_that_are_not_run_stand_for_no_others(tmp_path: Path) -> None:
    made = f"# {HEADER}\n\n" + TRIAL.format(least=3).replace("plan", "apply")
    for name, size in (("a", 5), ("b", 2)):
        root_of(tmp_path / "repository" / name, size, made)
    result = checked(tmp_path / "repository", checker_of(tmp_path))
    assert result.findings == () and result.state is CheckState.NOT_CHECKED
    assert result.why.startswith("a, b: tests/size.tftest.hcl: these tests were not run")


def test_values_beside_the_tests_count_too(tmp_path: Path) -> None:
    checker = checker_of(tmp_path)
    root = root_of(tmp_path / "repository", 5, TRIAL.format(least=3))
    (root / "terraform.tfvars").unlink()
    values = root / "tests" / "a.auto.tfvars"
    values.write_text("size = 5\n")
    assert checked(root, checker).findings == ()
    values.write_text("size = 1\n")
    assert [each.rule for each in checked(root, checker).findings] == ["terraform/test-assertion-failed"]


def test_tests_that_are_no_roots_are_not_checked(tmp_path: Path) -> None:
    root = root_of(tmp_path / "repository", 5, TRIAL.format(least=3))
    module = root_of(root / "module", 1, TRIAL.format(least=3))
    (module / "terraform.tfvars").unlink()
    (root / "main.tf").write_text(MAIN + '\nmodule "m" {\n  source = "./module"\n  size   = 1\n}\n')
    (root / "tests" / "other.tofutest.hcl").write_text(TRIAL.format(least=9))
    (root / "tests" / "size.tftest.json").write_text("{}")
    result = checked(root, checker_of(tmp_path))
    assert result.findings == () and result.state is CheckState.NOT_CHECKED
    for path in ("module/tests/size.tftest.hcl", "tests/other.tofutest.hcl", "tests/size.tftest.json"):
        assert path in result.why
