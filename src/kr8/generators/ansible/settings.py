"""What of the role `service` a version runs with: written, kept beside its release, put back by a rollback."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

WRITE = """\
---
- name: Write its secrets
  ansible.builtin.template:
    src: secrets.j2
    dest: "{{ service_home }}/{{ service_new }}.secrets"
    owner: root
    group: root
    mode: "0600"
  no_log: true

- name: Write its unit
  ansible.builtin.template:
    src: service.j2
    dest: "/etc/systemd/system/{{ project_name }}-{{ service_item.name }}@{{ service_new }}.service"
    owner: root
    group: root
    mode: "0644"
  vars:
    service_side: "{{ service_new }}"
"""

PUT_BACK = """\
---
- name: Put its secrets back
  ansible.builtin.copy:
    src: "{{ service_home }}/settings/{{ service_target }}/secrets"
    dest: "{{ service_home }}/{{ service_new }}.secrets"
    remote_src: true
    owner: root
    group: root
    mode: "0600"
  no_log: true

- name: Put its unit back
  ansible.builtin.copy:
    src: "{{ service_home }}/settings/{{ service_target }}/{{ service_new }}.service"
    dest: "/etc/systemd/system/{{ project_name }}-{{ service_item.name }}@{{ service_new }}.service"
    remote_src: true
    owner: root
    group: root
    mode: "0644"
"""

KEEP = """\
---
- name: Make a folder for what it runs with
  ansible.builtin.file:
    path: "{{ service_home }}/settings/{{ service_target }}"
    state: directory
    owner: root
    group: root
    mode: "0700"

- name: Keep what kr8.toml says of it, and its secrets
  ansible.builtin.copy:
    src: "{{ service_home }}/{{ service_new }}.{{ service_kind }}"
    dest: "{{ service_home }}/settings/{{ service_target }}/{{ service_kind }}"
    remote_src: true
    owner: root
    group: root
    mode: "0600"
  loop: [json, secrets]
  loop_control:
    loop_var: service_kind
  no_log: true

# A rollback may bring it to the other side, at the other port.
- name: Keep its unit, for either side
  ansible.builtin.template:
    src: service.j2
    dest: "{{ service_home }}/settings/{{ service_target }}/{{ service_side }}.service"
    owner: root
    group: root
    mode: "0600"
  loop: [blue, green]
  loop_control:
    loop_var: service_side
"""

REMOVE = """\
---
- name: Find which versions are here
  ansible.builtin.find:
    paths:
      - "{{ service_root }}/{{ service_look.name }}/served"
      - "{{ service_root }}/{{ service_look.name }}/settings"
      - "{{ service_root }}/{{ service_look.name }}/releases"
    file_type: any
  loop: "{{ services }}"
  loop_control:
    loop_var: service_look
    label: "{{ service_look.name }}"
  register: service_found

- name: Remove what is older than those that are kept, or never served
  ansible.builtin.file:
    path: "{{ service_gone.1.path }}"
    state: absent
  loop: "{{ service_found.results | subelements('files') }}"
  loop_control:
    loop_var: service_gone
    label: "{{ service_gone.1.path }}"
  when: service_gone.1.path | basename not in service_kept
  vars:
    service_served: "{{ service_root }}/{{ service_gone.0.service_look.name }}/served/"
    service_times: "{{ service_gone.0.files | selectattr('path', 'match', service_served) | sort(attribute='mtime') }}"
    service_kept: "{{ (service_times | map(attribute='path') | map('basename'))[-service_keep:] + [service_version] }}"
"""


def settings() -> Iterable[SourceFile]:
    """The files."""
    yield fixed("roles/service/tasks/write.yml", WRITE)
    yield fixed("roles/service/tasks/put_back.yml", PUT_BACK)
    yield fixed("roles/service/tasks/keep.yml", KEEP)
    yield fixed("roles/service/tasks/remove.yml", REMOVE)
