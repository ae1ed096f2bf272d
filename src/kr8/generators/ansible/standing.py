"""What of the role `service` looks at a host before a run changes it, and at its end."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

CUT_OFF = """\
---
- name: Ask the proxy which sides it sends traffic to
  ansible.builtin.include_role:
    name: proxy
    tasks_from: ask

- name: Look which sides are to serve
  ansible.builtin.stat:
    path: "{{ service_root }}/{{ service_told.split('=') | first }}/active"
  loop: "{{ (proxy_told.content | default('')).split()[1:] }}"
  loop_control:
    loop_var: service_told
  register: service_links

# A run that was cut off has moved the link, and not the traffic.
- name: Point back to what serves
  ansible.builtin.include_tasks: point_back.yml
  loop: "{{ service_links.results }}"
  loop_control:
    loop_var: service_link
    label: "{{ service_link.service_told }}"
  when: service_link.stat.exists and service_link.stat.lnk_target != service_link.service_told.split('=') | last

- name: Look what runs
  ansible.builtin.include_tasks: running.yml

- name: Look which side of each is to run
  ansible.builtin.stat:
    path: "{{ service_root }}/{{ service_name | regex_replace('^' ~ project_name ~ '-', '') }}/active"
  loop: "{{ service_wanted.files | map(attribute='path') | map('basename') | unique }}"
  loop_control:
    loop_var: service_enabled
  register: service_meant
  vars:
    service_name: "{{ service_enabled.split('@') | first }}"

# A worker that was started and not switched to, or an old side that was not stopped yet.
- name: Stop what a run that was cut off has left beside it
  ansible.builtin.systemd_service:
    name: "{{ service_beside.service_enabled }}"
    state: stopped
    enabled: false
  loop: "{{ service_meant.results }}"
  loop_control:
    loop_var: service_beside
    label: "{{ service_beside.service_enabled }}"
  when: >-
    service_beside.stat.exists and
    service_beside.stat.lnk_target != service_beside.service_enabled.split('@') | last | splitext | first
"""

POINT_BACK = """\
---
- name: Point to the side that serves
  ansible.builtin.file:
    src: "{{ service_link.service_told.split('=') | last }}"
    dest: "{{ service_link.stat.path }}"
    state: link

- name: Stop the one that no traffic came to
  ansible.builtin.systemd_service:
    name: "{{ project_name }}-{{ service_link.service_told.split('=') | first }}@{{ service_link.stat.lnk_target }}"
    state: stopped
    enabled: false
"""

RUNNING = """\
---
- name: Find what starts at boot
  ansible.builtin.find:
    paths: /etc/systemd/system
    recurse: true
    depth: 2
    patterns: "{{ project_name }}-*@*"
    file_type: link
  register: service_wanted

- name: Find the sides of services
  ansible.builtin.find:
    paths: "{{ service_root }}"
    recurse: true
    depth: 2
    patterns: [blue.json, green.json]
  register: service_sides

- name: Tell which sides run
  ansible.builtin.set_fact:
    service_running: >-
      {{ service_sides.files | map(attribute='path')
      | map('regex_replace', '^.*/([^/]+)/(blue|green)[.]json$', project_name ~ '-\\1@\\2')
      | intersect(service_wanted.files | map(attribute='path') | map('basename') | map('splitext') | map('first')) }}
"""

PORTS = """\
---
- name: Look what runs
  ansible.builtin.include_tasks: running.yml

- name: Read the ports of what runs
  ansible.builtin.slurp:
    src: "{{ service_root }}/{{ service_runs | regex_replace('^' ~ project_name ~ '-(.*)@(.*)$', '\\\\1/\\\\2') }}.json"
  loop: "{{ service_running }}"
  loop_control:
    loop_var: service_runs
  register: service_read

- name: Refuse where a service would get the port that another one runs at
  ansible.builtin.assert:
    that: service_clash | length == 0
    fail_msg: >-
      {{ service_there.name }} runs at port {{ service_port }} of {{ inventory_hostname }}, and
      {{ service_moved if service_withdrawn == '' else service_returns }}
      Nothing was changed on any host.
    quiet: true
  loop: "{{ service_read.results }}"
  loop_control:
    loop_var: service_one
    label: "{{ service_one.service_runs }}"
  when: service_there.port is defined
  vars:
    service_there: "{{ service_one.content | b64decode | from_json }}"
    service_port: "{{ service_there.port + (1 if service_one.service_runs.endswith('@green') else 0) }}"
    # A service is told one port, and has the one after it too: its other side's.
    service_clash: >-
      {{ service_coming | selectattr('port', 'defined') | rejectattr('name', 'equalto', service_there.name)
      | selectattr('port', 'in', [service_port | int, service_port | int - 1]) | map(attribute='name') }}
    service_moved: >-
      kr8.toml gives that one to {{ service_clash | join(', ') }} now. Put new services at the end of kr8.toml, or have
      all run at other ports: first_port = {{ (service_ports | max | int // 100 + 1) * 100 }} under
      [infrastructure.ansible]. Then generate again.
    service_returns: >-
      {{ service_clash | join(', ') }} had that one before {{ service_withdrawn }}. Deploy a version of before with
      deploy.yml: it starts at the ports of today.
    service_ports: >-
      {{ services | selectattr('port', 'defined') | map(attribute='port') + service_read.results
      | map(attribute='content') | map('b64decode') | map('from_json') | selectattr('port', 'defined')
      | map(attribute='port') | map('int') }}
"""

LEFT = """\
---
- name: Look what runs
  ansible.builtin.include_tasks: running.yml

- name: Tell what is here and not in kr8.toml
  ansible.builtin.debug:
    msg: >-
      {{ service_runs.split('@') | first }} is on this host and not in kr8.toml. It goes on, and the proxy sends it
      nothing. To end it: systemctl disable --now {{ service_units | join(' ') }}
  loop: "{{ service_running }}"
  loop_control:
    loop_var: service_runs
  when: service_runs.split('@') | first | regex_replace('^' ~ project_name ~ '-', '') not in service_names
  vars:
    service_names: "{{ services | map(attribute='name') }}"
    service_units: >-
      {{ service_wanted.files | map(attribute='path') | map('basename') | select('match', service_runs ~ '[.]') }}
"""


def standing() -> Iterable[SourceFile]:
    """The files."""
    yield fixed("roles/service/tasks/cut_off.yml", CUT_OFF)
    yield fixed("roles/service/tasks/point_back.yml", POINT_BACK)
    yield fixed("roles/service/tasks/running.yml", RUNNING)
    yield fixed("roles/service/tasks/ports.yml", PORTS)
    yield fixed("roles/service/tasks/left.yml", LEFT)
