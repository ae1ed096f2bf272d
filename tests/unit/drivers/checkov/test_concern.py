"""Which framework takes a file: what none takes is not said to be checked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kr8.domain.infrastructure_check import Part
from kr8.drivers.checkov.concern import Framework, frameworks_of, overlooked

POD = "apiVersion: v1\nkind: Pod\n"


def indented(text: str) -> str:
    return "".join(f"      {line}\n" for line in text.splitlines())


STACK = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  A: {Type: 'AWS::S3::Bucket'}\n"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("stacks.yaml", f"{POD}metadata:\n  annotations:\n    stack: |\n{indented(STACK)}", Framework.KUBERNETES),
        (
            "stacks.json",
            json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"a": STACK}}),
            Framework.KUBERNETES,
        ),
        ("begins.yaml", f"[]\n---\n{POD}", {Framework.ANSIBLE, Framework.KUBERNETES}),
        ("flow.yaml", "[{hosts: all, tasks: []}]\n", Framework.ANSIBLE),
        ("both.yaml", f"{POD}---\n{STACK}", {Framework.KUBERNETES, Framework.CLOUDFORMATION}),
        ("one.yaml", f"{POD}{STACK}", {Framework.KUBERNETES, Framework.CLOUDFORMATION}),
        ("broken.yaml", f"{STACK}\t{POD}", {Framework.KUBERNETES, Framework.CLOUDFORMATION}),
        ("tasks.yml", f"- copy:\n    content: |\n{indented(STACK)}", Framework.ANSIBLE),
        ("infra/main.tf", "", Framework.TERRAFORM),
        ("infra/main.tofu", "", Framework.TERRAFORM),
        ("infra/main.tf.json", "{}", Framework.TERRAFORM),
        ("infra/.hidden/main.tf", "", Framework.TERRAFORM),
        (".k8s/pod.yaml", POD, Framework.KUBERNETES),
        (".k8s/kustomization.yaml", "resources: [pod.yaml]\n", None),
        (".github/infra/main.tf", "", Framework.TERRAFORM),
        (".gitlab/main.tf.json", "{}", Framework.TERRAFORM),
        (".circleci/stack.template", STACK, Framework.CLOUDFORMATION),
        (".github/stack.yaml", STACK, None),
        (".kr8/templates/a/files/pod.yaml", POD, None),
        (".kr8/templates/a/files/main.tf", "", None),
        (".pre-commit-hooks.yaml", "- id: a\n", None),
        ("api/Dockerfile", "", Framework.IMAGE),
        ("api/Dockerfile.dev", "", Framework.IMAGE),
        ("api/Containerfile", "", Framework.IMAGE),
        ("api/Dockerfile.dockerignore", "", None),
        (".github/workflows/ci.yml", "", Framework.GITHUB),
        ("tools/.gitlab-ci.yml", "", Framework.GITLAB),
        ("pod.yaml", POD, Framework.KUBERNETES),
        ("pod.json", '{"apiVersion": "v1", "kind": "Pod"}', Framework.KUBERNETES),
        ("k/kustomization.yaml", "resources: [a.yaml]\n", Framework.KUBERNETES),
        ("arm.json", '{"$schema": "x", "resources": [{"apiVersion": "v1", "kind": "Pod"}]}', None),
        ("package.json", '{"name": "a"}', None),
        ("site.yml", "---\n# Everything.\n- hosts: all\n  tasks: []\n", Framework.ANSIBLE),
        (
            "apply.yml",
            "- name: A\n  kubernetes.core.k8s: {definition: {apiVersion: v1, kind: Pod}}\n",
            Framework.ANSIBLE,
        ),
        ("rbac.yaml", "apiVersion: v1\nkind: List\nitems:\n- kind: A\n", Framework.KUBERNETES),
        ("stack.yaml", STACK, Framework.CLOUDFORMATION),
        ("stack.template", STACK, Framework.CLOUDFORMATION),
        ("stack.json", '{\n  "Resources": {"A": {\n    "Type": "AWS::S3::Bucket"}}}', Framework.CLOUDFORMATION),
        ("values.yaml", "Resources: {}\nimage: a\n", None),
        ("docker-compose.yml", "services:\n  a: {image: a}\n", None),
        ("README.md", "", None),
    ],
)
def test_name_and_content_of_a_file_say_which_framework_takes_it(
    tmp_path: Path, path: str, text: str, expected: Framework | set[Framework] | None
) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)
    known = expected if isinstance(expected, set) else {expected} - {None}
    assert frameworks_of(tmp_path, path) == known


@pytest.mark.parametrize(
    ("path", "is_overlooked"),
    [
        (".k8s/pod.yaml", True),
        ("a/node_modules/b/pod.yaml", True),
        ("infra/.modules/main.tf", True),
        (".github/infra/main.tf", True),
        (".gitlab/main.tf.json", True),
        (".circleci/stack.template", True),
        (".github/pod.yaml", False),
        ("infra/main.tf.json", True),
        ("infra/main.tofu", True),
        ("infra/main.tf", False),
        ("k8s/pod.yaml", False),
        ("a/.gitlab-ci.yml", False),
        (".github/workflows/ci.yml", False),
        (".devcontainer/Dockerfile", False),
    ],
)
def test_what_checkov_never_looks_at_goes_by_the_path(path: str, is_overlooked: bool) -> None:
    assert bool(overlooked(path)) is is_overlooked


def test_each_framework_has_a_part() -> None:
    assert {framework.part for framework in Framework} == set(Part)
