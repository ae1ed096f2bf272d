"""What of the role `service` goes back to the versions before.

A version is taken back on all hosts, and from those services alone that serve it: a deployment that failed halfway has
left the others as they were.
"""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

NOTES = """\
---
- name: Find the versions that are here, and what runs have noted
  ansible.builtin.find:
    paths: "{{ service_folders + [service_marks ~ '/lasting', service_marks ~ '/withdrawn'] }}"
    file_type: any
  register: service_notes
  vars:
    service_folders: >-
      {{ [service_root] | product(services | map(attribute='name'), ['served', 'settings', 'releases'])
      | map('join', '/') }}
"""

STANDING = """\
---
- name: Look which version of each service serves
  ansible.builtin.include_tasks: serving.yml

- name: Look what runs have noted
  ansible.builtin.include_tasks: notes.yml

- name: Tell which version served before each
  ansible.builtin.set_fact:
    service_standing: >-
      {{ service_standing | default([]) + [{'name': service_look.name, 'version': service_now,
      'since': service_since, 'before': service_before, 'lasts': service_lasts}] }}
  loop: "{{ services }}"
  loop_control:
    loop_var: service_look
    label: "{{ service_look.name }}"
  vars:
    service_now: "{{ service_versions[service_look.name] | default('') }}"
    service_names: "{{ service_times | map(attribute='path') | map('basename') }}"
    # A switch that was cut off just before its note is the newest.
    service_place: "{{ service_names.index(service_now) if service_now in service_names else service_names | length }}"
    service_since: >-
      {{ (service_times[service_place | int :] | map(attribute='mtime') | first) | default(now().timestamp()) }}
    service_before: "{{ (service_names[: service_place | int] | last) | default('') }}"
    service_came: "{{ (service_times[: service_place | int] | map(attribute='mtime') | last) | default(0) }}"
    service_began: >-
      {{ service_notes.files | selectattr('path', 'equalto', service_marks ~ '/lasting/' ~ service_look.name)
      | map(attribute='mtime') | first | default(0) }}
    service_lasts: "{{ service_before != '' and service_began | float > service_came | float }}"

- name: Find the version that was deployed last, or whose rollback was cut off
  ansible.builtin.set_fact:
    service_withdrawn: "{{ service_begun_back | first | default(service_last) }}"
  vars:
    service_last: >-
      {{ ansible_play_hosts_all | map('extract', hostvars, 'service_standing') | flatten
      | selectattr('version') | sort(attribute='since') | map(attribute='version') | last | default('') }}

- name: Refuse where there is nothing to go back to
  ansible.builtin.assert:
    that:
      - service_withdrawn | length > 0
      - service_lacking | length == 0
    fail_msg: >-
      {{ inventory_hostname }} has no version before the one that serves:
      {{ service_lacking | join(', ') or 'nothing serves' }} {{ service_withdrawn }}.
      Nothing was changed on any host. deploy.yml deploys any version whose archive you have.
    quiet: true
  vars:
    service_lacking: "{{ service_going | rejectattr('before') | map(attribute='name') }}"

- name: Refuse where the version before may not work any more
  ansible.builtin.assert:
    that: service_crossed | length == 0
    fail_msg: >-
      {{ inventory_hostname }} cannot go back from {{ service_withdrawn }}: since the version before came to serve, a
      command that cannot be undone was begun for {{ service_crossed | join(', ') }} (before, in kr8.toml).
      The older version may not work with what it has changed. Nothing was changed on any host.
      Deploy a version that mends the fault forward. Where the older version does work with it, say reversible = true
      and deploy that one with deploy.yml.
    quiet: true
  vars:
    service_crossed: "{{ service_going | selectattr('lasts') | map(attribute='name') }}"

- name: Read what kr8.toml said of the versions before
  ansible.builtin.slurp:
    src: "{{ service_root }}/{{ service_stands.name }}/settings/{{ service_stands.before }}/json"
  loop: "{{ service_going }}"
  loop_control:
    loop_var: service_stands
    label: "{{ service_stands.name }} {{ service_stands.before }}"
  register: service_said

- name: Look at their ports
  ansible.builtin.include_tasks: ports.yml
  vars:
    service_coming: "{{ service_said.results | map(attribute='content') | map('b64decode') | map('from_json') }}"

# On the first host, until it is done on all: run again, a rollback that was cut off goes on, and not further back.
- name: Note what is taken back
  ansible.builtin.copy:
    content: ""
    dest: "{{ service_marks }}/withdrawn/{{ service_withdrawn }}"
    owner: root
    group: root
    mode: "0644"
  when: inventory_hostname == ansible_play_hosts_all | first
"""

BACK = """\
---
- name: Bring the version before beside each that is taken back, and switch
  ansible.builtin.include_tasks: one.yml
  loop: "{{ service_said.results }}"
  loop_control:
    loop_var: service_back
    label: "{{ service_back.service_stands.name }} to {{ service_target }}"
  vars:
    service_target: "{{ service_back.service_stands.before }}"
    service_today: "{{ services | selectattr('name', 'equalto', service_back.service_stands.name) | first }}"
    # What users ask is where they find it today.
    service_item: >-
      {{ service_back.content | b64decode | from_json
      | combine({'proxy_port': service_today.proxy_port} if service_today.proxy_port is defined else {}) }}
"""

DONE = """\
---
- name: Forget when the version served that is taken back
  ansible.builtin.file:
    path: "{{ service_root }}/{{ service_look.name }}/served/{{ service_withdrawn }}"
    state: absent
  loop: "{{ services }}"
  loop_control:
    loop_var: service_look
    label: "{{ service_look.name }}"

- name: Note that it is taken back
  ansible.builtin.file:
    path: "{{ service_marks }}/withdrawn/{{ service_withdrawn }}"
    state: absent
"""

GIVEN_UP = """\
---
- name: Forget what rollbacks were to take back that did not come to their end, for another version serves now
  ansible.builtin.include_tasks: done.yml
  loop: "{{ service_given_up }}"
  loop_control:
    loop_var: service_name
  vars:
    service_withdrawn: "{{ service_name }}"

- name: Forget that this version was to be taken back once
  ansible.builtin.file:
    path: "{{ service_marks }}/withdrawn/{{ service_version }}"
    state: absent
"""


def going_back() -> Iterable[SourceFile]:
    """The files."""
    yield fixed("roles/service/tasks/notes.yml", NOTES)
    yield fixed("roles/service/tasks/standing.yml", STANDING)
    yield fixed("roles/service/tasks/back.yml", BACK)
    yield fixed("roles/service/tasks/done.yml", DONE)
    yield fixed("roles/service/tasks/given_up.yml", GIVEN_UP)
