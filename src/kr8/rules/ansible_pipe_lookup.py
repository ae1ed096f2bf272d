"""No program that gives Ansible a value."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.ansible_code import lookups
from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="ansible-pipe-lookup",
    part=Part.ANSIBLE,
    severity=Severity.CRITICAL,
    security=True,
    title="Ansible takes no value from a program.",
    why="Such a lookup runs a shell command on the machine that runs Ansible, some as soon as the playbook is read.",
    mend="Run it as a task of its own with ansible.builtin.command, or give the value as a variable.",
    link="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/pipe_lookup.html",
    runs_code=True,
)
PASSES = {
    "site.yml": """\
- name: Say who it is
  hosts: all
  vars:
    said: !unsafe "{{ lookup('pipe', 'id') }}"
  tasks:
    - name: Say it
      ansible.builtin.debug:
        msg: "{{ lookup('env', 'HOME') }}"
"""
}
FAILS = {
    "site.yml": """\
- name: Say who it is
  hosts: all
  tasks:
    - name: Say it
      ansible.builtin.debug:
        msg: "{{ lookup('ansible.builtin.pipe', 'id') }}"
"""
}

_PROGRAMS = frozenset({"pipe", "lines"})


def check(code: Code) -> Iterator[Finding]:
    """Each lookup that runs a program, and each whose kind is known only when it is evaluated."""
    for lookup in lookups(code.yaml):
        if lookup.name in _PROGRAMS:
            yield RULE.finding(f"The lookup {lookup.name} runs a program.", lookup.place)
        elif not lookup.name:
            yield RULE.finding("What is evaluated here is not written out: it may run a program.", lookup.place)
