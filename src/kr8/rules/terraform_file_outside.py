"""No file from outside the project in Terraform."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule
from kr8.domain.terraform_code import FunctionCall

RULE = Rule(
    name="terraform-file-outside",
    part=Part.TERRAFORM,
    severity=Severity.CRITICAL,
    security=True,
    title="Terraform reads no file outside of the project.",
    why="A plan reads the file, of the machine that plans, and its content ends in the plan, the state or a resource.",
    mend="Keep the file in the repository; give a secret through the secrets manager.",
    link="https://developer.hashicorp.com/terraform/language/functions/file",
    runs_code=True,
)
PASSES = {"infra/main.tf": 'locals {\n  policy = file("policies/read.json")\n}\n'}
FAILS = {"infra/main.tf": 'locals {\n  password = "x${file("/etc/shadow")}"\n}\n'}


_OWN = re.compile(r'"\$\{path\.(?:module|root|cwd)\}([^$%"]*)"')
"""A path from one of the project's folders."""
_MADE = re.compile(r'\b(?:abspath|format|join|pathexpand|trimspace|trimprefix)\(\s*"([^"]*)')
"""The beginning of a path that a function makes."""


def check(code: Code) -> Iterator[Finding]:
    """Each call that reads a file whose path leads out of the project, as far as it is written out."""
    for blocks in code.terraform.files.values():
        for block in blocks:
            for call in block.calls():
                if call.reads_files() and _leaves(call):
                    yield RULE.finding(f"{call.name}() reads what is outside of the project.", call.place)


def _leaves(call: FunctionCall) -> bool:
    folder = call.place.rpartition(":")[0].rpartition("/")[0]
    if isinstance(call.first, str):
        return _is_outside(folder, call.first)
    own = _OWN.fullmatch(call.text.strip())
    if own is not None:
        return _is_outside(folder, f".{own[1]}")
    return any(made[1].startswith(("/", "~")) for made in _MADE.finditer(call.text))


def _is_outside(folder: str, path: str) -> bool:
    return path.startswith(("/", "~")) or posixpath.normpath(f"{folder}/./{path}").startswith("..")
