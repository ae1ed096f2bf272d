"""No file from outside the project in Ansible's variables."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from kr8.domain.ansible_code import imports, lookups
from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="ansible-file-outside",
    part=Part.ANSIBLE,
    severity=Severity.HIGH,
    security=True,
    title="Ansible reads no file outside of the project.",
    why="It is a file of the machine that runs Ansible: another one elsewhere, and its content goes to every host.",
    mend="Keep the file in the repository, a secret in a vault.",
    link="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/file_lookup.html",
    runs_code=True,
)
PASSES = {"infra/site.yml": "- name: A\n  hosts: all\n  vars:\n    a: \"{{ lookup('file', 'files/a.txt') }}\"\n"}
FAILS = {"infra/site.yml": "- name: A\n  hosts: all\n  vars:\n    a: \"{{ lookup('file', '/etc/shadow') }}\"\n"}

_READERS = frozenset({"file", "fileglob", "template", "ini", "csvfile", "unvault", "password", "first_found"})


def check(code: Code) -> Iterator[Finding]:
    """Each lookup of a file, and each import, whose written-out path leads out of the project."""
    for lookup in lookups(code.yaml):
        if lookup.name in _READERS and _leaves(lookup.place, lookup.first.split(" ")[0]):
            yield RULE.finding(f"The lookup {lookup.name} reads what is outside of the project.", lookup.place)
    for path, place in imports(code.yaml):
        if _leaves(place, path):
            yield RULE.finding("What is imported here lies outside of the project.", place)


def _leaves(place: str, path: str) -> bool:
    folder = place.rpartition(":")[0].rpartition("/")[0]
    return path.startswith(("/", "~")) or posixpath.normpath(f"{folder}/./{path}").startswith("..")
