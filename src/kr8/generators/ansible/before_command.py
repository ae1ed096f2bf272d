"""What of the role `service` runs what must succeed before a version starts: once a deployment.

It is a unit of its own, with the user, the environment, the secrets and the limits of the service. systemd ends it at
its limit, and it goes on to its end where the connection breaks.
"""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

TASKS = """\
---
- name: Note on every host that it cannot be undone, before it begins
  ansible.builtin.include_tasks: lasting.yml
  when: not service_item.before.reversible

- name: Let one end that was begun by a run that was cut off
  ansible.builtin.command:
    argv:
      - systemctl
      - show
      - --property=ActiveState
      - --value
      - "{{ service_unit }}"
  register: service_begun
  until: service_begun.stdout in ['inactive', 'failed']
  retries: "{{ service_item.before.wait_seconds }}"
  delay: 1
  changed_when: false

- name: Write its unit
  ansible.builtin.template:
    src: before.j2
    dest: "/etc/systemd/system/{{ service_unit }}"
    owner: root
    group: root
    mode: "0644"
  vars:
    service_side: "{{ service_new }}"

- name: Have systemd know it
  ansible.builtin.systemd_service:
    daemon_reload: true

- name: Run it, and tell its words where it fails
  block:
    - name: Run it to its end
      ansible.builtin.command:
        argv:
          - systemctl
          - start
          - "{{ service_unit }}"
      changed_when: true
  rescue:
    - name: Look how it ended
      ansible.builtin.command:
        argv:
          - systemctl
          - show
          - --property=Result,InvocationID
          - "{{ service_unit }}"
      register: service_ended
      changed_when: false

    - name: Read what it said
      ansible.builtin.command:
        argv:
          - journalctl
          - --output=cat
          - --lines=20
          - "_SYSTEMD_INVOCATION_ID={{ service_ended.stdout | regex_search('InvocationID=(.*)', '\\\\1') | first }}"
      register: service_words
      changed_when: false
      no_log: true

    - name: Tell how it ended, and its own words without its secrets
      ansible.builtin.fail:
        msg: >-
          What must succeed before {{ service_item.name }} {{ service_target }} starts has failed on
          {{ inventory_hostname }}: {{ service_late if service_result == 'timeout' else service_result }}.
          Nothing of the new version was started, and what served serves on. Mend it and deploy again.
          Its last words: {{ service_last_words }}
      vars:
        service_late: "it took longer than {{ service_item.before.limit }}"
        service_result: "{{ service_ended.stdout | regex_search('Result=(.*)', '\\\\1') | first }}"
"""

LASTING = """\
---
- name: Make the folder of the note, on hosts that --limit leaves out too
  ansible.builtin.file:
    path: "{{ service_marks }}/lasting"
    state: directory
    owner: root
    group: root
    mode: "0755"
  loop: "{{ groups['app'] }}"
  loop_control:
    loop_var: service_host
  delegate_to: "{{ service_host }}"
  register: service_lasting
  ignore_unreachable: true
  # What failed is told below.
  ignore_errors: true

- name: Refuse to begin where a host cannot be told
  ansible.builtin.assert:
    that: service_untold | length == 0
    fail_msg: >-
      What must succeed before {{ service_item.name }} {{ service_target }} starts cannot be undone, and
      {{ service_untold | join(', ') }} cannot be told so: later nothing would keep it from going back. It was not
      begun, and what served serves on. Have all hosts answer, or take those that are gone out of hosts in kr8.toml and
      generate again. Then deploy again.
    quiet: true
  vars:
    service_ready: >-
      {{ service_lasting.results | selectattr('state', 'defined') | selectattr('state', 'equalto', 'directory') }}
    service_untold: "{{ groups['app'] | reject('in', service_ready | map(attribute='service_host')) | list }}"

# One that fails half-way, or whose version does not come to serve, has changed things too.
- name: Note it
  ansible.builtin.file:
    path: "{{ service_marks }}/lasting/{{ service_item.name }}"
    state: touch
    owner: root
    group: root
    mode: "0644"
  loop: "{{ groups['app'] }}"
  loop_control:
    loop_var: service_host
  delegate_to: "{{ service_host }}"
"""

UNIT = """\
# {{ ansible_managed }}
[Unit]
Description={{ project_name }} {{ service_item.name }} {{ service_target }}: what must succeed before it starts
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart={{ service_item.before.command[service_side] }}
TimeoutStartSec={{ service_item.before.limit }}
{% include 'process.j2' %}
"""


def before_command() -> Iterable[SourceFile]:
    """The files."""
    yield fixed("roles/service/tasks/before.yml", TASKS)
    yield fixed("roles/service/tasks/lasting.yml", LASTING)
    yield fixed("roles/service/templates/before.j2", UNIT)
