"""`kr8 validate --fix` on the real tools: what is mended, what is left alone, and what is still found."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.checking import write
from tests.support.scene import Scene

WIDE = "".join(f'variable "v{number}" {{\n  type = string\n}}\n\n' for number in range(10))
UGLY = f'locals {{\n a = 1\n  longer = "${{local.a}}"\n}}\n\n{WIDE}locals {{\nb=2\n}}'
"""Two places far apart, and no end of the last line."""
OLD = "# PDB\napiVersion: policy/v1beta1  # once\nkind: PodDisruptionBudget\nmetadata:\n  name: web\n" + (
    "spec:\n  minAvailable: 1\n  selector:\n    matchLabels:\n      app: web\n"
)


SCRIPT = '#!/bin/sh\nnow=`date +%s`\nhere=`cd \\`dirname x\\` && pwd`\necho $now "$here"\n'
WORKFLOW = """\
name: Build
on: push
permissions: {}
concurrency: {group: build, cancel-in-progress: true}
jobs:
  build:
    name: Build
    runs-on: ubuntu-24.04
    steps:
      - name: Only of main
        if: |
          ${{ github.ref == 'refs/heads/main' }}
        run: make
"""


PLAY = """\
---
- name: Copy the settings
  hosts: all
  tasks:
    - name: Copy them
      copy:
        content: "copy: this"
        dest: /etc/copy
        mode: "0644"
    - command: /usr/bin/true # noqa: name[missing] no-changed-when
"""


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Scene() as made:
        yield made


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository with one commit."""
    files = {
        "infra/ugly.tf": UGLY,
        "infra/other/main.tf": UGLY,
        "k8s/pdb.yaml": OLD,
        "Dockerfile": "FROM python\n",
        "site.yml": PLAY,
        "scripts/now.sh": SCRIPT,
        ".github/workflows/build.yml": WORKFLOW,
    }
    folder = write(tmp_path / "shop", files)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Begin")
    return folder


def git(folder: Path, *arguments: str) -> str:
    author = ("-c", "user.name=author", "-c", "user.email=author@localhost", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def test_fix_mends_what_is_mechanical_shows_the_diff_and_leaves_the_rest_in_the_list(scene: Scene, shop: Path) -> None:
    write(shop, {"infra/other/main.tf": UGLY + "\n"})
    said = scene.cli("validate", "--fix", where=shop, code=8, as_json=False)
    assert "mended: infra/ugly.tf [terraform/fmt]" in said.err
    assert "mended: k8s/pdb.yaml [kr8/kubernetes-removed-api]" in said.err
    assert "left: infra/other/main.tf [terraform/fmt]: It has changes that are not committed" in said.err
    assert "-apiVersion: policy/v1beta1  # once" in said.err and "+apiVersion: policy/v1  # once" in said.err
    assert (shop / "infra/other/main.tf").read_text() == UGLY + "\n"
    assert "kr8/image-unpinned" in said.out and "infra/other/main.tf" in said.out and "infra/ugly.tf" not in said.out
    terraform = shutil.which("tofu") or shutil.which("terraform")
    assert terraform is not None
    subprocess.run([terraform, "fmt", "-check", "ugly.tf"], cwd=shop / "infra", check=True)
    changed = git(shop, "status", "--porcelain").split()
    mended = [".github/workflows/build.yml", "infra/other/main.tf", "infra/ugly.tf", "k8s/pdb.yaml"]
    assert changed[1::2] == [*mended, "scripts/now.sh", "site.yml"]
    short = PLAY.replace("copy:\n", "ansible.builtin.copy:\n").replace("- command", "- ansible.builtin.command")
    assert (shop / "site.yml").read_text() == short
    assert (shop / "scripts/now.sh").read_text() == SCRIPT.replace("`date +%s`", "$(date +%s)")
    assert (shop / ".github/workflows/build.yml").read_text() == WORKFLOW.replace("if: |", "if: |-")


def test_an_agent_sees_the_diff_first_and_mends_then(scene: Scene, shop: Path) -> None:
    while (seen := scene.agent.call("fix_infrastructure", project=str(shop), preview=True))["state"] == "running":
        pass
    assert seen["changed"] == 0 and len(seen["files"]) == 6 and "+apiVersion: policy/v1" in seen["untrusted_diff"]
    assert git(shop, "status", "--porcelain") == ""
    done = scene.agent.call("fix_infrastructure", project=str(shop))
    assert done["changed"] == 6 and done["untrusted_diff"] == seen["untrusted_diff"]
    again = scene.agent.call("fix_infrastructure", project=str(shop))
    assert again["changed"] == 0 and again["files"] == []
