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

TIDY = """\
---
- name: Look what runs have noted
  ansible.builtin.include_tasks: notes.yml

- name: Forget rollbacks that were given up
  ansible.builtin.include_tasks: given_up.yml

- name: Remove what is older than those that are kept, or never served
  ansible.builtin.file:
    path: "{{ service_gone }}"
    state: absent
  loop: "{{ service_notes.files | map(attribute='path') | reject('match', service_marks ~ '/') }}"
  loop_control:
    loop_var: service_gone
  when: service_gone | basename not in service_kept
  vars:
    service_look:
      name: "{{ service_gone | dirname | dirname | basename }}"
    service_names: "{{ service_times | map(attribute='path') | map('basename') | reject('in', service_given_up) }}"
    service_kept: "{{ (service_names | list)[-service_keep:] + [service_version] }}"

- name: Look at what is not in kr8.toml any more
  ansible.builtin.include_tasks: left.yml
"""


def settings() -> Iterable[SourceFile]:
    """The files."""
    yield fixed("roles/service/tasks/write.yml", WRITE)
    yield fixed("roles/service/tasks/put_back.yml", PUT_BACK)
    yield fixed("roles/service/tasks/keep.yml", KEEP)
    yield fixed("roles/service/tasks/tidy.yml", TIDY)
