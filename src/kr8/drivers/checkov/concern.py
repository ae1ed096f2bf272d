"""Which of checkov's frameworks takes a file."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path, PurePosixPath

from kr8.domain.dockerfile import is_dockerfile
from kr8.domain.infrastructure_check import Part
from kr8.domain.manifests import KUSTOMIZATIONS
from kr8.drivers.kubernetes_schemas.concern import has_signs, is_filled_in_by_helm, is_of_chart

YAML = (".yaml", ".yml")
TEMPLATE = (*YAML, ".json", ".template")
LEFT_OUT = frozenset({"node_modules"})
"""Folders that it does not enter, beside hidden ones."""
_OF_CLOUDFORMATION = re.compile(rb"^\s*[\"']?AWSTemplateFormatVersion[\"']?\s*:", re.MULTILINE)
_RESOURCES = re.compile(rb"^\s*[\"']?Resources[\"']?\s*:", re.MULTILINE)
_OF_AWS = re.compile(rb"^[\s{]*[\"']?Type[\"']?\s*:\s*[\"']?AWS::", re.MULTILINE)
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|#[^\n]*\n|---[^\n]*\n|%[^\n]*\n)*")


class Framework(StrEnum):
    """What is asked of it. Those that run other programs, such as helm and kustomize, are not."""

    TERRAFORM = "terraform"
    KUBERNETES = "kubernetes"
    ANSIBLE = "ansible"
    IMAGE = "dockerfile"
    GITHUB = "github_actions"
    GITLAB = "gitlab_ci"
    CLOUDFORMATION = "cloudformation"

    @property
    def part(self) -> Part:
        """The part that its files are of."""
        return _PARTS[self]

    @property
    def takes_files(self) -> bool:
        """Whether it is given its files: the others are given a folder, and find in it what belongs together."""
        return self in (Framework.IMAGE, Framework.GITLAB, Framework.CLOUDFORMATION)


_PARTS = {
    Framework.TERRAFORM: Part.TERRAFORM,
    Framework.KUBERNETES: Part.KUBERNETES,
    Framework.ANSIBLE: Part.ANSIBLE,
    Framework.IMAGE: Part.IMAGE,
    Framework.GITHUB: Part.PIPELINE,
    Framework.GITLAB: Part.PIPELINE,
    Framework.CLOUDFORMATION: Part.PROJECT,
}


def framework_of(root: Path, path: str, known: frozenset[str] = frozenset()) -> Framework | None:
    """The framework that takes a file below a root; None: none does, and it is checked by nothing of checkov's.

    `known`: the folders of Helm's charts.
    """
    pure = PurePosixPath(path)
    if pure.name in (".gitlab-ci.yml", ".gitlab-ci.yaml"):
        return Framework.GITLAB
    if path.startswith(".github/workflows/") and pure.suffix in YAML:
        return Framework.GITHUB
    if is_dockerfile(path):
        return Framework.IMAGE
    if any(part.startswith(".") or part in LEFT_OUT for part in pure.parts):
        return None
    if pure.name in KUSTOMIZATIONS:
        return Framework.KUBERNETES
    if pure.name.endswith((".tf", ".tfvars")):
        return Framework.TERRAFORM
    content = (root / path).read_bytes() if pure.suffix in TEMPLATE else b""
    if is_of_chart(path, known) and is_filled_in_by_helm(content):
        return None
    return _by_content(path, content)


def _by_content(path: str, content: bytes) -> Framework | None:
    if is_cloudformation(content):
        return Framework.CLOUDFORMATION
    if path.endswith(YAML) and _is_list(content):
        return Framework.ANSIBLE
    return Framework.KUBERNETES if path.endswith((*YAML, ".json")) and has_signs(path, content) else None


def is_cloudformation(content: bytes) -> bool:
    """Whether a text is a template of CloudFormation, or of SAM."""
    is_named = _OF_CLOUDFORMATION.search(content) is not None
    return _RESOURCES.search(content) is not None and (is_named or _OF_AWS.search(content) is not None)


def _is_list(content: bytes) -> bool:
    """Whether the first document of a YAML file is a list, as playbooks and lists of tasks are."""
    before = _BEFORE.match(content)
    return content[before.end() if before else 0 :][:1] in (b"-", b"[")
