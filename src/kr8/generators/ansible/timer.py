"""What of the role `service` has a job run by its schedule."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

TASKS = """\
---
- name: Have it run on one host, once and not once a host
  ansible.builtin.include_tasks: start_timer.yml
  when:
    - service_item.calendar is defined
    - inventory_hostname == groups['app'] | first

- name: Look whether the old one has a timer
  ansible.builtin.stat:
    path: "/etc/systemd/system/{{ project_name }}-{{ service_item.name }}@{{ service_old }}.timer"
  register: service_old_timer

- name: Stop the old timer; a run that is begun goes on to its end
  ansible.builtin.systemd_service:
    name: "{{ project_name }}-{{ service_item.name }}@{{ service_old }}.timer"
    state: stopped
    enabled: false
  when: service_old_timer.stat.exists
"""

START = """\
---
- name: Write when it runs
  ansible.builtin.template:
    src: timer.j2
    dest: "/etc/systemd/system/{{ project_name }}-{{ service_item.name }}@{{ service_new }}.timer"
    owner: root
    group: root
    mode: "0644"

# The other version's runs are none that this one has missed.
- name: Forget when this side ran last
  ansible.builtin.file:
    path: "/var/lib/systemd/timers/stamp-{{ project_name }}-{{ service_item.name }}@{{ service_new }}.timer"
    state: absent

- name: Start its timer
  ansible.builtin.systemd_service:
    name: "{{ project_name }}-{{ service_item.name }}@{{ service_new }}.timer"
    state: restarted
    enabled: true
    daemon_reload: true
"""

UNIT = """\
# {{ ansible_managed }}
[Unit]
Description={{ project_name }} {{ service_item.name }} ({{ service_new }}), by its schedule

[Timer]
OnCalendar={{ service_item.calendar }}
AccuracySec=1s
# One run makes up for all that were due while the host was off.
Persistent=true

[Install]
WantedBy=timers.target
"""


def timer() -> Iterable[SourceFile]:
    """The files."""
    yield fixed("roles/service/tasks/timer.yml", TASKS)
    yield fixed("roles/service/tasks/start_timer.yml", START)
    yield fixed("roles/service/templates/timer.j2", UNIT)
