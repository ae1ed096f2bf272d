"""Which of checkov's frameworks a file is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path, PurePosixPath

from kr8.domain.code_names import TEMPLATES
from kr8.domain.dockerfile import is_dockerfile
from kr8.domain.infrastructure_check import Part
from kr8.domain.manifests import KUSTOMIZATIONS
from kr8.domain.yaml_code import Node
from kr8.drivers.kubernetes_schemas.concern import OF_OTHERS, has_signs, is_filled_in_by_helm, is_of_chart

YAML = (".yaml", ".yml")
TEMPLATE = (*YAML, ".json", ".template")
TERRAFORM = (".tf", ".tfvars", ".tf.json", ".tofu", ".tofu.json")
NOT_READ = (".tf.json", ".tofu", ".tofu.json")
IN_HIDDEN = "checkov enters no hidden folder, and no node_modules: this was not checked by it. Put it elsewhere."
OF_ANOTHER_FORM = "checkov reads no .tf.json, and nothing of OpenTofu's own: this was not checked by it."
LEFT_OUT = frozenset({"node_modules"})
"""Folders that it does not enter, beside hidden ones."""
_OF_CLOUDFORMATION = re.compile(rb"^[ \t]*[\"']?AWSTemplateFormatVersion[\"']?\s*:", re.MULTILINE)
_RESOURCES = re.compile(rb"^[ \t]*[\"']?Resources[\"']?\s*:", re.MULTILINE)
_OF_AWS = re.compile(rb"^[ \t{]*[\"']?Type[\"']?\s*:\s*[\"']?AWS::", re.MULTILINE)
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


def frameworks_of(root: Path, path: str, known: frozenset[str] = frozenset()) -> frozenset[Framework]:
    """The frameworks that have checks for what is in a file below a root; of some files checkov sees nothing all the
    same, and `overlooked` says why.

    `known`: the folders of Helm's charts.
    """
    pure = PurePosixPath(path)
    if pure.name in (".gitlab-ci.yml", ".gitlab-ci.yaml"):
        return frozenset({Framework.GITLAB})
    if path.startswith(".github/workflows/") and pure.suffix in YAML:
        return frozenset({Framework.GITHUB})
    if is_dockerfile(path):
        return frozenset({Framework.IMAGE})
    if _is_of_others(path):
        return frozenset()
    if pure.name.endswith(TERRAFORM):
        return frozenset({Framework.TERRAFORM})
    if pure.name in KUSTOMIZATIONS:
        return frozenset() if _is_hidden(path) else frozenset({Framework.KUBERNETES})
    content = (root / path).read_bytes() if pure.suffix in TEMPLATE else b""
    if is_of_chart(path, known) and is_filled_in_by_helm(content):
        return frozenset()
    found = _by_content(path, content)
    return found - frozenset({Framework.ANSIBLE}) if _is_hidden(path) else found


def overlooked(path: str) -> str:
    """Why checkov sees nothing of a file, whatever is in it; "": it looks at it."""
    if is_dockerfile(path) or _is_of_others(path) or path.endswith((".gitlab-ci.yml", ".gitlab-ci.yaml")):
        return ""
    if _is_hidden(path):
        return IN_HIDDEN
    return OF_ANOTHER_FORM if path.endswith(NOT_READ) else ""


def _is_of_others(path: str) -> bool:
    """Whether a file is a template, or has words of infrastructure code and is none."""
    is_known_by_content = path.endswith((*YAML, ".json")) and not path.endswith(TERRAFORM)
    return path.startswith(TEMPLATES) or (is_known_by_content and path.startswith(OF_OTHERS))


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") or part in LEFT_OUT for part in PurePosixPath(path).parts)


def _by_content(path: str, content: bytes) -> frozenset[Framework]:
    signs = {
        Framework.CLOUDFORMATION: is_cloudformation(content),
        Framework.ANSIBLE: path.endswith(YAML) and _is_list(content),
        Framework.KUBERNETES: path.endswith((*YAML, ".json")) and has_signs(path, content),
    }
    suspected = frozenset(framework for framework, has in signs.items() if has)
    if len(suspected) < 2 and Framework.CLOUDFORMATION not in suspected:  # most files: what they are is plain
        return suspected
    return suspected & _by_documents(path, content, suspected)


def _by_documents(path: str, content: bytes, unread: frozenset[Framework]) -> frozenset[Framework]:
    from kr8.drivers.yaml_files import reader  # noqa: PLC0415 - loaded where there is something to read

    code = reader.read({path: content})
    found = frozenset(each for document in code.files[path].documents for each in _of_document(document))
    return found | (unread if code.unreadable else frozenset[Framework]())


def _of_document(document: Node) -> Iterator[Framework]:
    if isinstance(document.value, tuple):
        yield Framework.ANSIBLE
    if document.text("apiVersion") and document.text("kind"):
        yield Framework.KUBERNETES
    if is_template(document):
        yield Framework.CLOUDFORMATION


def is_template(document: Node) -> bool:
    """Whether a document is a template of CloudFormation, or of SAM."""
    resources = document.at("Resources")
    types = [each.text("Type") for each in resources.entries().values()] if resources is not None else []
    is_named = document.at("AWSTemplateFormatVersion") is not None and resources is not None
    return is_named or any(each.startswith("AWS::") for each in types)


def is_cloudformation(content: bytes) -> bool:
    """Whether a text has the words of a template of CloudFormation, or of SAM."""
    is_named = _OF_CLOUDFORMATION.search(content) is not None
    return _RESOURCES.search(content) is not None and (is_named or _OF_AWS.search(content) is not None)


def _is_list(content: bytes) -> bool:
    """Whether the first document of a YAML file is a list, as playbooks and lists of tasks are."""
    before = _BEFORE.match(content)
    return content[before.end() if before else 0 :][:1] in (b"-", b"[")
