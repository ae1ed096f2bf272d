"""What of the role `service` brings a version of one service into service, beside the one that serves."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

ONE = """\
---
- name: Look which side serves
  ansible.builtin.stat:
    path: "{{ service_root }}/{{ service_item.name }}/active"
  register: service_active

- name: Choose the other side
  ansible.builtin.set_fact:
    service_home: "{{ service_root }}/{{ service_item.name }}"
    service_release: "{{ service_root }}/{{ service_item.name }}/releases/{{ service_target }}"
    # Where the link itself leads to: what it is followed to in the end is a version.
    service_old: "{{ service_active.stat.lnk_target | default('none') }}"
    service_new: "{{ 'green' if service_active.stat.lnk_target | default('') == 'blue' else 'blue' }}"
    service_switched: false

- name: Look whether the host has the version
  ansible.builtin.stat:
    path: "{{ service_release }}"
  register: service_unpacked

- name: Make its folders
  ansible.builtin.file:
    path: "{{ service_home }}/{{ service_folder.path }}"
    state: directory
    owner: "{{ service_folder.owner }}"
    group: "{{ service_user }}"
    mode: "{{ service_folder.mode }}"
  loop:
    - {path: releases, owner: root, mode: "0750"}
    - {path: settings, owner: root, mode: "0750"}
    - {path: served, owner: root, mode: "0750"}
    # The one that it may write to.
    - {path: data, owner: "{{ service_user }}", mode: "0700"}
  loop_control:
    loop_var: service_folder
    label: "{{ service_folder.path }}"
  when: not service_unpacked.stat.exists

- name: Unpack it
  ansible.builtin.include_tasks: unpack.yml
  when: not service_unpacked.stat.exists

- name: Point the other side to it
  ansible.builtin.file:
    src: "releases/{{ service_target }}"
    dest: "{{ service_home }}/{{ service_new }}"
    state: link

- name: Write what it runs with, or put back what it ran with
  ansible.builtin.include_tasks:
    file: "{{ 'write.yml' if service_withdrawn == '' else 'put_back.yml' }}"

# Among it the port, for the proxy.
- name: Note what the side is
  ansible.builtin.copy:
    content: "{{ service_item | to_nice_json }}"
    dest: "{{ service_home }}/{{ service_new }}.json"
    owner: root
    group: root
    mode: "0600"

- name: Run what must succeed before it starts
  ansible.builtin.include_tasks: before.yml
  when:
    - service_item.before is defined
    - inventory_hostname == ansible_play_hosts_all | first
    # An older version knows nothing of what a newer one has changed.
    - service_withdrawn == ''
  vars:
    service_unit: "{{ project_name }}-{{ service_item.name }}@before.service"

- name: Start it and switch to it, or leave the old one serving
  block:
    - name: Start it, and switch to it once it works
      ansible.builtin.include_tasks: switch_to.yml
  # Where it fails on one host, all hosts of the batch come here: they go on serving the same.
  rescue:
    - name: Have the old one serve
      ansible.builtin.include_tasks: switch_back.yml

- name: Keep what it runs with, for a rollback
  ansible.builtin.include_tasks: keep.yml
  when: service_withdrawn == ''

- name: Note since when it serves
  ansible.builtin.file:
    path: "{{ service_home }}/served/{{ service_target }}"
    state: touch
    owner: root
    group: root
    mode: "0644"
  when: service_withdrawn == ''

- name: Have it run by its schedule
  ansible.builtin.include_tasks: timer.yml
  when: service_item.kind == 'job'

- name: Stop the old one, which may end what it began
  ansible.builtin.systemd_service:
    name: "{{ project_name }}-{{ service_item.name }}@{{ service_old }}"
    state: stopped
    enabled: false
  when:
    - service_old != 'none'
    - service_item.kind != 'job'

- name: Forget the secrets of the old one
  ansible.builtin.file:
    path: "{{ service_home }}/{{ service_old }}.secrets"
    state: absent
  when: service_old != 'none'
"""


SWITCH_TO = """\
---
- name: Start it beside the one that serves
  ansible.builtin.systemd_service:
    name: "{{ project_name }}-{{ service_item.name }}@{{ service_new }}"
    state: restarted
    daemon_reload: true
  when: service_item.kind != 'job'

- name: Wait until it answers
  # checkov:skip=CKV2_ANSIBLE_1:It asks this host, over the loopback interface.
  ansible.builtin.uri:
    url: "http://127.0.0.1:{{ service_port }}{{ service_item.health_path }}"
    status_code: "{{ range(200, 300) | list }}"
    timeout: 2
  register: service_health
  until: service_health is succeeded
  retries: "{{ service_item.ready_seconds }}"
  delay: 1
  when: service_item.kind == 'http'
  vars:
    service_port: "{{ service_item.port + (1 if service_new == 'green' else 0) }}"

- name: Give it time to fall over
  ansible.builtin.wait_for:
    timeout: 3
  when: service_item.kind == 'worker'

# A worker that falls is started again each second: that it runs at one instant says nothing.
- name: See that it runs, a worker without having fallen
  ansible.builtin.command:
    argv:
      - systemctl
      - show
      - --property=ActiveState,NRestarts
      - "{{ project_name }}-{{ service_item.name }}@{{ service_new }}"
  register: service_state
  changed_when: false
  failed_when: >-
    'ActiveState=active' not in service_state.stdout_lines or
    (service_item.kind == 'worker' and 'NRestarts=0' not in service_state.stdout_lines)
  when: service_item.kind != 'job'

# Before the switch: a host that starts anew has what its proxy sends to, and one service more at most.
- name: Start it at boot
  ansible.builtin.systemd_service:
    name: "{{ project_name }}-{{ service_item.name }}@{{ service_new }}"
    enabled: true
  when: service_item.kind != 'job'

- name: Note that it is switched from here on
  ansible.builtin.set_fact:
    service_switched: true

- name: Switch to it
  ansible.builtin.file:
    src: "{{ service_new }}"
    dest: "{{ service_home }}/active"
    state: link

- name: Send traffic to it
  ansible.builtin.include_role:
    name: proxy
    tasks_from: switch
  when: service_item.kind == 'http'
"""

SWITCH_BACK = """\
---
- name: Note whether it is this host on which it does not work
  ansible.builtin.set_fact:
    service_failed: "{{ ansible_failed_result is defined }}"

- name: Switch back
  ansible.builtin.file:
    src: "{{ service_old }}"
    dest: "{{ service_home }}/active"
    state: link
  when:
    - service_switched
    - service_old != 'none'

- name: Switch to nothing, where nothing served
  ansible.builtin.file:
    path: "{{ service_home }}/active"
    state: absent
  when: service_old == 'none'

- name: Send traffic back, and go on whatever comes of that
  block:
    - name: Send traffic back
      ansible.builtin.include_role:
        name: proxy
        tasks_from: switch
      when:
        - service_switched
        - service_item.kind == 'http'
  rescue:
    - name: Say that its traffic was not sent back
      ansible.builtin.debug:
        msg: "{{ ansible_failed_result.msg | default('What failed stands above.') }}"

# Traffic sent back or not: what does not work must not go on.
- name: Read its own words
  ansible.builtin.command:
    argv:
      - journalctl
      - --unit
      - "{{ project_name }}-{{ service_item.name }}@{{ service_new }}"
      - --lines=20
      - --output=cat
      - --no-pager
  register: service_words
  changed_when: false
  failed_when: false
  no_log: true

- name: Stop what does not work
  ansible.builtin.systemd_service:
    name: "{{ project_name }}-{{ service_item.name }}@{{ service_new }}"
    state: stopped
    enabled: false
  when: service_item.kind != 'job'

- name: Forget its secrets
  ansible.builtin.file:
    path: "{{ service_home }}/{{ service_new }}.secrets"
    state: absent

- name: Look what serves now
  ansible.builtin.include_tasks: serving.yml

- name: Tell what serves, and its own words without its secrets
  ansible.builtin.fail:
    msg: |-
      {{ service_item.name }} {{ service_target }} {{ 'does not work on ' ~ inventory_hostname if service_failed
      else 'goes back on ' ~ inventory_hostname ~ ' too, for another host of its batch failed' }}.
      {{- ' Nothing served there before' if service_old == 'none' else ' What served before serves on' }}.
      {{ service_serving }}. Hosts of batches before have {{ service_target }}, those after were not touched.
      {{ 'rollback.yml takes ' ~ service_target ~ ' back everywhere, deploy.yml' if service_withdrawn == ''
      else 'rollback.yml' }} goes on once it is mended, status.yml tells what each host serves.
      {% if service_failed and service_withdrawn != '' %}
      Its own words: journalctl --unit {{ project_name }}-{{ service_item.name }}@{{ service_new }}
      {% elif service_failed %}
      Its own words, of journalctl --unit {{ project_name }}-{{ service_item.name }}@{{ service_new }}:
      {{ service_last_words }}
      {% endif %}
"""


def switching() -> Iterable[SourceFile]:
    """The files."""
    yield fixed("roles/service/tasks/one.yml", ONE)
    yield fixed("roles/service/tasks/switch_to.yml", SWITCH_TO)
    yield fixed("roles/service/tasks/switch_back.yml", SWITCH_BACK)
