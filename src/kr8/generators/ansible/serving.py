"""What of the role `service` says which version of each service a host serves."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

SERVING = """\
---
- name: Look which version of each service serves
  ansible.builtin.command:
    argv: "{{ ['readlink', '--canonicalize-missing'] + service_places }}"
  register: service_leads
  changed_when: false
  check_mode: false
  vars:
    service_places: "{{ [service_root] | product(services | map(attribute='name'), ['active']) | map('join', '/') }}"
"""

STATUS = """\
---
- name: Look what serves
  ansible.builtin.include_tasks: serving.yml

- name: Tell it
  ansible.builtin.debug:
    msg: "{{ service_serving }}"
"""


def serving() -> Iterable[SourceFile]:
    """The files."""
    yield fixed("roles/service/tasks/serving.yml", SERVING)
    yield fixed("roles/service/tasks/status.yml", STATUS)
