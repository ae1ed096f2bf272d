"""Which framework takes a file: what none takes is not said to be checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from kr8.domain.infrastructure_check import Part
from kr8.drivers.checkov.concern import Framework, framework_of

POD = "apiVersion: v1\nkind: Pod\n"
STACK = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  A: {Type: 'AWS::S3::Bucket'}\n"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("infra/main.tf", "", Framework.TERRAFORM),
        ("infra/main.tofu", "", None),
        ("infra/main.tf.json", "{}", None),
        ("infra/.hidden/main.tf", "", None),
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
    tmp_path: Path, path: str, text: str, expected: Framework | None
) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)
    assert framework_of(tmp_path, path) == expected


def test_each_framework_has_a_part() -> None:
    assert {framework.part for framework in Framework} == set(Part)
