"""kr8's own rules as a checker: which files, which rules, and what cannot be read."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from kr8.domain.digest import digest
from kr8.domain.finding import Severity
from kr8.domain.infrastructure_check import Checked, CheckState, Part
from kr8.drivers.own_rules.driver import OwnRulesChecker
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.ports.checkers import Sources

SERVES = 'resource "aws_lb" "a" {}\n'
PROJECT = """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["serve", "{port}"]
before = { run = ["migrate"] }

[environments.production]
listen = { web = "127.0.0.1:8002" }
"""


def sources(root: Path, files: dict[str, str]) -> Sources:
    """The files, written."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    project = TomlProjectFiles().read(files["kr8.toml"].encode()) if "kr8.toml" in files else None
    return Sources(root=root, digests={path: digest(text) for path, text in sorted(files.items())}, project=project)


def check(given: Sources, *parts: Part) -> tuple[tuple[str, ...], Checked]:
    """The files that concern the checker, and what it says of them."""
    checker = OwnRulesChecker()
    files = asyncio.run(checker.concerned(given, frozenset(parts)))
    return files, asyncio.run(checker.check(given, files))


def rules(checked: Checked) -> set[str]:
    return {finding.rule for finding in checked.findings}


def test_each_part_is_looked_at_by_its_own_rules_alone(tmp_path: Path) -> None:
    given = sources(tmp_path, {"Dockerfile": "FROM python\n", "infra/main.tf": SERVES, "kr8.toml": PROJECT, "a.py": ""})
    files, checked = check(given, Part.IMAGE)
    assert files == ("Dockerfile",) and rules(checked) == {"kr8/image-unpinned"}
    files, checked = check(given, Part.TERRAFORM)
    assert files == ("infra/main.tf",) and "kr8/alarms-missing" in rules(checked)
    files, checked = check(given, Part.PROJECT)
    assert files == ("kr8.toml",) and "kr8/rollback-refused" in rules(checked)
    files, checked = check(given, *Part)
    assert len(files) == 3 and {"kr8/image-unpinned", "kr8/alarms-missing", "kr8/rollback-refused"} <= rules(checked)
    assert asyncio.run(OwnRulesChecker().concerned(given, frozenset({Part.ANSIBLE}))) == ()


def test_what_the_guard_finds_is_not_found_twice(tmp_path: Path) -> None:
    given = sources(tmp_path, {"main.tf": 'data "external" "who" {\n  program = ["whoami"]\n}\n'})
    assert not any("external" in rule for rule in rules(check(given, Part.TERRAFORM)[1]))


def test_configuration_that_cannot_be_read_is_a_finding_where_it_is_broken(tmp_path: Path) -> None:
    given = sources(tmp_path, {"infra/main.tf": SERVES + 'resource "aws_lb" {\n  name = \n}\n', "good.tf": SERVES})
    checked = check(given, Part.TERRAFORM)[1]
    (broken,) = [finding for finding in checked.findings if finding.rule == "kr8/terraform-unreadable"]
    path, _, line = str(broken.place).rpartition(":")
    assert path == "infra/main.tf" and int(line) > 1
    assert checked.state is CheckState.CHECKED and "kr8/alarms-missing" in rules(checked)


def test_a_project_that_cannot_be_read_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "kr8.toml").write_text("[project\n")
    given = Sources(root=tmp_path, digests={"kr8.toml": "1"})
    assert check(given, Part.PROJECT)[1].findings == ()


def test_rules_about_security_say_so_themselves() -> None:
    told = OwnRulesChecker().security
    assert {"kr8/iam-wildcard", "kr8/terraform-provisioner"} <= set(told) and "kr8/single-instance" not in told


def test_manifests_in_json_are_looked_at_by_the_same_rules_and_mended(tmp_path: Path) -> None:
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1beta1",
        "kind": "ClusterRoleBinding",
        "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "Group", "name": "system:unauthenticated"}],
    }
    files, checked = check(
        sources(tmp_path, {"all.json": json.dumps(binding, indent=2), "a.json": "{}"}), Part.KUBERNETES
    )
    assert files == ("all.json",)
    found = {finding.rule: finding for finding in checked.findings}
    assert found["kr8/kubernetes-anonymous-access"].severity is Severity.CRITICAL
    assert found["kr8/kubernetes-cluster-admin"].place == "all.json:1"
    (edit,) = checked.edits
    assert edit.new == ('  "apiVersion": "rbac.authorization.k8s.io/v1",',)
