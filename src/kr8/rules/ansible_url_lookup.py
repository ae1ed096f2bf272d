"""No page of the web that gives Ansible a value."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.ansible_code import lookups
from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="ansible-url-lookup",
    part=Part.ANSIBLE,
    severity=Severity.HIGH,
    security=True,
    title="Ansible takes no value from an address.",
    why="Whoever answers there decides what is configured, and the machine that runs Ansible asks as itself.",
    mend="Keep the value in the repository, or fetch it in a task of its own with ansible.builtin.uri.",
    link="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/url_lookup.html",
    runs_code=True,
)
PASSES = {"site.yml": "- name: Do nothing\n  hosts: all\n  vars:\n    home: \"{{ lookup('env', 'HOME') }}\"\n"}
FAILS = {
    "site.yml": "- name: Do nothing\n  hosts: all\n  vars:\n    keys: \"{{ lookup('url', 'https://example.com') }}\"\n"
}


def check(code: Code) -> Iterator[Finding]:
    """Each lookup of an address."""
    for lookup in lookups(code.yaml):
        if lookup.name == "url":
            yield RULE.finding("The lookup url asks an address.", lookup.place)
