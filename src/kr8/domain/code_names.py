"""What infrastructure code is called (pure): for what nobody has read, its name and its place are all that is known."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from kr8.domain.dockerfile import is_dockerfile

TERRAFORM = (".tf", ".tofu", ".tf.json", ".tofu.json", ".hcl")
WAITED_FOR = (*TERRAFORM, ".yaml", ".yml", ".json")
"""What a deployment waits for: a commit without any such file has no infrastructure code that concerns it."""
ENDINGS = (
    *(*WAITED_FOR, ".jsonc", ".tfvars", ".rego", ".toml", ".ini"),
    *(".sh", ".env", ".j2", ".template", ".bicep"),
)
"""What a file that a checker looks at may end in."""
LOCK = re.compile(r"(?:^|[/.-])lock\.\w+$")
"""What package managers write, which may be long."""
FOLDERS = frozenset(
    {
        *("infra", "infrastructure", "iac", "deploy", "deployment", "deployments", "gitops", ".github"),
        *("terraform", "tofu", "opentofu", "terragrunt", "cloudformation", "pulumi", "bicep"),
        *("kubernetes", "k8s", "kube", "manifests", "kustomize", "helm", "charts", "argocd", "fluxcd"),
        *("ansible", "playbooks", "inventories"),
    }
)
"""What folders of infrastructure code are called, or one word of their names."""
AT_HOME = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization", "Chart.yaml", "ansible.cfg"})
"""Files whose folder has infrastructure code in it."""
_WORD = re.compile(r"[^-_]+")


def may_be_code(path: str) -> bool:
    """Whether a file may be something that a checker looks at."""
    return is_dockerfile(path) or (path.endswith(ENDINGS) and LOCK.search(path) is None)


def may_hold_code(path: str, homes: frozenset[str]) -> bool:
    """Whether what is a link or another repository may be code, or a folder with some; `homes`: as `homes_of` says."""
    ending = posixpath.splitext(path)[1].removeprefix(".")
    if ending.isalpha() and not may_be_code(path):
        return False  # it is called like a file of something else
    words = {word for part in path.lower().split("/") for word in (part, *_WORD.findall(part.removeprefix(".")))}
    return may_be_code(path) or not words.isdisjoint(FOLDERS) or posixpath.dirname(path) in homes


def homes_of(files: Iterable[str]) -> frozenset[str]:
    """The folders with infrastructure code in them, or below them; the repository's root where it is in it itself."""
    direct = {posixpath.dirname(path) for path in files if _is_at_home(path)}
    above = {
        "/".join(parts[:count]) for parts in (each.split("/") for each in direct) for count in range(1, len(parts))
    }
    return frozenset(direct | above)


def _is_at_home(path: str) -> bool:
    return path.endswith(TERRAFORM) or posixpath.basename(path) in AT_HOME
