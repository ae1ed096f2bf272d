"""The role `service`: a version beside the one that serves, then the switch."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed
from kr8.generators.ansible.timer import timer

DEFAULTS = """\
---
# How many versions stay on a host: the one that serves and the one before it are always among them.
service_keep: 5
service_root: "/opt/{{ project_name }}"
service_user: "{{ project_name }}"
# Service name -> secret name -> value: from a vault of yours, never from this repository in clear.
service_secrets: {}
"""

ARGUMENTS = """\
---
argument_specs:
  deploy:
    short_description: Start a version beside the one that serves, switch, and stop the old one.
    options:
      service_version:
        type: str
        required: true
        description: The version to deploy. A name that moves, such as latest, is refused.
      service_artifact:
        type: str
        required: false
        description: A tar archive of the version, on the machine that runs Ansible. Not needed where the host has it.
"""

DEPLOY = """\
---
- name: Refuse a version that is none
  ansible.builtin.assert:
    that:
      - service_version is match('^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$')
      - service_version not in ['latest', 'current', 'stable']
    fail_msg: "service_version must name one version for good, such as a commit: it is {{ service_version }}"
    quiet: true

- name: Make the user that services run as
  ansible.builtin.user:
    name: "{{ service_user }}"
    system: true
    shell: /usr/sbin/nologin
    home: "{{ service_root }}"
    create_home: false

- name: Deploy each service after what it needs
  ansible.builtin.include_tasks: one.yml
  loop: "{{ services }}"
  loop_control:
    loop_var: service_item
    label: "{{ service_item.name }}"
"""

ONE = """\
---
- name: Look which side serves
  ansible.builtin.stat:
    path: "{{ service_root }}/{{ service_item.name }}/active"
  register: service_active

- name: Choose the other side
  ansible.builtin.set_fact:
    service_home: "{{ service_root }}/{{ service_item.name }}"
    service_release: "{{ service_root }}/{{ service_item.name }}/releases/{{ service_version }}"
    service_old: "{{ (service_active.stat.lnk_source | default('none')) | basename }}"
    service_new: "{{ 'green' if (service_active.stat.lnk_source | default('')) | basename == 'blue' else 'blue' }}"

- name: Make its folders
  ansible.builtin.file:
    path: "{{ service_folder }}"
    state: directory
    owner: root
    group: "{{ service_user }}"
    mode: "0750"
  loop:
    - "{{ service_root }}"
    - "{{ service_home }}"
    - "{{ service_home }}/releases"
    - "{{ service_release }}"
  loop_control:
    loop_var: service_folder

- name: Make the folder that it may write to
  ansible.builtin.file:
    path: "{{ service_home }}/data"
    state: directory
    owner: "{{ service_user }}"
    group: "{{ service_user }}"
    mode: "0700"

# Written when everything is unpacked: a version that is half there is unpacked again.
- name: Look whether the host has the version
  ansible.builtin.stat:
    path: "{{ service_release }}.complete"
  register: service_complete

- name: Unpack the version
  ansible.builtin.unarchive:
    src: "{{ service_artifact | mandatory('service_artifact must name an archive: a host lacks the version') }}"
    dest: "{{ service_release }}"
    owner: root
    group: "{{ service_user }}"
    mode: u=rwX,g=rX,o=
  when: not service_complete.stat.exists

- name: Note that it is complete
  ansible.builtin.copy:
    content: ""
    dest: "{{ service_release }}.complete"
    owner: root
    group: root
    mode: "0644"

- name: Point the other side to it
  ansible.builtin.file:
    src: "releases/{{ service_version }}"
    dest: "{{ service_home }}/{{ service_new }}"
    state: link

- name: Write its secrets
  ansible.builtin.template:
    src: secrets.j2
    dest: "{{ service_home }}/secrets"
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

- name: Run what must succeed before it starts
  ansible.builtin.command:
    argv: "{{ service_item.before }}"
    chdir: "{{ service_home }}/{{ service_new }}/{{ service_item.path }}"
  become: true
  become_user: "{{ service_user }}"
  changed_when: true
  when:
    - service_item.before is defined
    - inventory_hostname == groups['app'] | first

- name: Start it beside the one that serves
  ansible.builtin.systemd_service:
    name: "{{ project_name }}-{{ service_item.name }}@{{ service_new }}"
    state: restarted
    daemon_reload: true
  when: service_item.kind != 'job'

- name: See that it works, or stop it and leave the old one serving
  when: service_item.kind != 'job'
  block:
    - name: Wait until it answers
      ansible.builtin.uri:
        url: "http://127.0.0.1:{{ service_port }}{{ service_item.health_path }}"
      register: service_health
      until: service_health.status == 200
      retries: "{{ service_item.ready_seconds }}"
      delay: 1
      when: service_item.kind == 'http'
      vars:
        service_port: "{{ service_item.port + (1 if service_new == 'green' else 0) }}"

    - name: See that it runs
      ansible.builtin.command:
        argv:
          - systemctl
          - is-active
          - "{{ project_name }}-{{ service_item.name }}@{{ service_new }}"
      changed_when: false
  rescue:
    - name: Stop what does not work
      ansible.builtin.systemd_service:
        name: "{{ project_name }}-{{ service_item.name }}@{{ service_new }}"
        state: stopped

    - name: Tell that nothing was switched
      ansible.builtin.fail:
        msg: >-
          {{ service_item.name }} {{ service_version }} does not work on {{ inventory_hostname }}. Nothing was switched:
          what served before serves on. Its own words: journalctl -u
          {{ project_name }}-{{ service_item.name }}@{{ service_new }}

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

- name: Start it at boot
  ansible.builtin.systemd_service:
    name: "{{ project_name }}-{{ service_item.name }}@{{ service_new }}"
    enabled: true
  when: service_item.kind != 'job'

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

- name: Find old versions
  ansible.builtin.find:
    paths: "{{ service_home }}/releases"
    file_type: directory
  register: service_versions

- name: See what the old side points to
  ansible.builtin.stat:
    path: "{{ service_home }}/{{ service_old }}"
  register: service_previous

- name: Remove the oldest
  ansible.builtin.file:
    path: "{{ service_gone.path }}"
    state: absent
  loop: "{{ (service_versions.files | sort(attribute='mtime', reverse=true))[service_keep:] }}"
  loop_control:
    loop_var: service_gone
    label: "{{ service_gone.path | basename }}"
  when:
    - service_gone.path != service_release
    - service_gone.path != service_previous.stat.lnk_source | default('')
"""

PREVIOUS = """\
---
- name: Look which side serves
  ansible.builtin.stat:
    path: "{{ service_root }}/{{ (services | first).name }}/active"
  register: service_active

- name: Look what the other side has
  ansible.builtin.stat:
    path: >-
      {{ service_root }}/{{ (services | first).name }}/{{
      'green' if (service_active.stat.lnk_source | default('')) | basename == 'blue' else 'blue' }}
  register: service_previous

- name: Refuse where there is nothing to go back to
  ansible.builtin.assert:
    that: service_previous.stat.exists
    fail_msg: "{{ inventory_hostname }} has no version before the one that serves."
    quiet: true

- name: Go back to the version before
  ansible.builtin.set_fact:
    service_version: "{{ service_previous.stat.lnk_source | basename }}"
"""

UNIT = """\
# {{ ansible_managed }}
[Unit]
Description={{ project_name }} {{ service_item.name }} ({{ service_new }})
After=network-online.target
Wants=network-online.target

[Service]
Type={{ 'oneshot' if service_item.kind == 'job' else 'exec' }}
User={{ service_user }}
WorkingDirectory={{ service_home }}/{{ service_new }}/{{ service_item.path }}
ExecStart={{ service_item.command[service_new] }}
{% for service_line in service_item.environment[service_new] %}
Environment={{ service_line }}
{% endfor %}
EnvironmentFile=-{{ service_home }}/secrets
TimeoutStopSec={{ service_item.stop_seconds }}
{% if service_item.kind != 'job' %}
Restart=always
RestartSec=1
{% endif %}
{% if service_item.memory_bytes is defined %}
MemoryMax={{ service_item.memory_bytes }}
{% endif %}
# It may read its own files and write to one folder; it gets no new rights.
NoNewPrivileges=true
ProtectSystem=strict
ProtectHome=true
PrivateTmp=true
PrivateDevices=true
ProtectKernelTunables=true
ProtectKernelModules=true
ProtectControlGroups=true
RestrictSUIDSGID=true
LockPersonality=true
CapabilityBoundingSet=
ReadWritePaths={{ service_home }}/data
Environment=HOME={{ service_home }}/data

[Install]
WantedBy=multi-user.target
"""

SECRETS = r"""
{% for service_secret in service_item.secrets %}
{{ service_secret }}="{{ service_secrets[service_item.name][service_secret] | regex_replace('([\\"`$])', '\\\1') }}"
{% endfor %}
"""


def service_role() -> Iterable[SourceFile]:
    """The files of the role."""
    yield fixed("roles/service/defaults/main.yml", DEFAULTS)
    yield fixed("roles/service/meta/argument_specs.yml", ARGUMENTS)
    yield fixed("roles/service/tasks/deploy.yml", DEPLOY)
    yield fixed("roles/service/tasks/one.yml", ONE)
    yield fixed("roles/service/tasks/previous.yml", PREVIOUS)
    yield fixed("roles/service/templates/service.j2", UNIT)
    yield from timer()
    yield fixed("roles/service/templates/secrets.j2", SECRETS)
