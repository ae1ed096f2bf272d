"""What of the role `service` goes back to the versions before.

A version is taken back on all hosts, and from those services alone that serve it: a deployment that failed halfway has
left the others as they were.
"""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

STANDING = """\
---
- name: Look which version each service serves
  ansible.builtin.stat:
    path: "{{ service_root }}/{{ service_look.name }}/active"
  loop: "{{ services }}"
  loop_control:
    loop_var: service_look
    label: "{{ service_look.name }}"
  register: service_links

- name: Look since when each version serves
  ansible.builtin.find:
    paths: "{{ service_root }}/{{ service_look.name }}/served"
  loop: "{{ services }}"
  loop_control:
    loop_var: service_look
    label: "{{ service_look.name }}"
  register: service_notes

- name: Look when something began that cannot be undone
  ansible.builtin.find:
    paths: "{{ service_marks }}/lasting"
  register: service_lasting

- name: Tell which version served before each
  ansible.builtin.set_fact:
    service_standing: >-
      {{ service_standing | default([]) + [{'name': service_look.name, 'version': service_now,
      'since': service_since, 'before': service_before, 'lasts': service_lasts}] }}
  loop: "{{ services }}"
  loop_control:
    loop_var: service_look
    index_var: service_index
    label: "{{ service_look.name }}"
  vars:
    service_now: "{{ service_links.results[service_index].stat.lnk_source | default('') | basename }}"
    service_times: "{{ service_notes.results[service_index].files | sort(attribute='mtime') }}"
    service_names: "{{ service_times | map(attribute='path') | map('basename') }}"
    # A switch that was cut off just before its note is the newest.
    service_place: "{{ service_names.index(service_now) if service_now in service_names else service_names | length }}"
    service_since: >-
      {{ (service_times[service_place | int :] | map(attribute='mtime') | first) | default(now().timestamp()) }}
    service_before: "{{ (service_names[: service_place | int] | last) | default('') }}"
    service_came: "{{ (service_times[: service_place | int] | map(attribute='mtime') | last) | default(0) }}"
    service_began: >-
      {{ service_lasting.files | selectattr('path', 'equalto', service_marks ~ '/lasting/' ~ service_look.name)
      | map(attribute='mtime') | first | default(0) }}
    service_lasts: "{{ service_before != '' and service_began | float > service_came | float }}"

- name: Look whether a rollback was cut off
  ansible.builtin.find:
    paths: "{{ service_marks }}/withdrawn"
  register: service_cut_off

- name: Find the version that was deployed last, or whose rollback was cut off
  ansible.builtin.set_fact:
    service_withdrawn: "{{ service_begun | first | default(service_last) }}"
  vars:
    service_begun: >-
      {{ ansible_play_hosts_all | map('extract', hostvars, 'service_cut_off') | map(attribute='files') | flatten
      | map(attribute='path') | map('basename') }}
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
    service_lacking: >-
      {{ service_standing | selectattr('version', 'equalto', service_withdrawn) | rejectattr('before')
      | map(attribute='name') }}

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
    service_crossed: >-
      {{ service_standing | selectattr('version', 'equalto', service_withdrawn) | selectattr('lasts')
      | map(attribute='name') }}

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
- name: Go back with each service that serves what is taken back
  ansible.builtin.include_tasks: again.yml
  loop: "{{ service_standing | selectattr('version', 'equalto', service_withdrawn) }}"
  loop_control:
    loop_var: service_stands
    label: "{{ service_stands.name }} {{ service_stands.version }} to {{ service_stands.before }}"
"""

AGAIN = """\
---
- name: Read what kr8.toml said of the version
  ansible.builtin.slurp:
    src: "{{ service_root }}/{{ service_stands.name }}/settings/{{ service_stands.before }}/json"
  register: service_said

- name: Bring it beside the one that serves, and switch
  ansible.builtin.include_tasks: one.yml
  vars:
    service_target: "{{ service_stands.before }}"
    service_today: "{{ services | selectattr('name', 'equalto', service_stands.name) | first }}"
    # What users ask is where they find it today.
    service_item: >-
      {{ service_said.content | b64decode | from_json
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
- name: Look which rollbacks have not come to their end
  ansible.builtin.find:
    paths: "{{ service_marks }}/withdrawn"
  register: service_given_up

- name: Forget what they were to take back, for another version serves now
  ansible.builtin.include_tasks: done.yml
  loop: "{{ service_noted | difference([service_version]) }}"
  loop_control:
    loop_var: service_name
  vars:
    service_withdrawn: "{{ service_name }}"
    service_noted: >-
      {{ ansible_play_hosts_all | map('extract', hostvars, 'service_given_up') | select('defined')
      | map(attribute='files') | flatten | map(attribute='path') | map('basename') | unique }}

- name: Forget that this version was to be taken back once
  ansible.builtin.file:
    path: "{{ service_marks }}/withdrawn/{{ service_version }}"
    state: absent
"""


def going_back() -> Iterable[SourceFile]:
    """The files."""
    yield fixed("roles/service/tasks/standing.yml", STANDING)
    yield fixed("roles/service/tasks/back.yml", BACK)
    yield fixed("roles/service/tasks/again.yml", AGAIN)
    yield fixed("roles/service/tasks/done.yml", DONE)
    yield fixed("roles/service/tasks/given_up.yml", GIVEN_UP)
