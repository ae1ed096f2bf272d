"""The role `service`: a version beside the one that serves, then the switch."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.before_command import before_command
from kr8.generators.ansible.going_back import going_back
from kr8.generators.ansible.layout import fixed
from kr8.generators.ansible.one_run import one_run
from kr8.generators.ansible.serving import serving
from kr8.generators.ansible.settings import settings
from kr8.generators.ansible.standing import standing
from kr8.generators.ansible.switching import switching
from kr8.generators.ansible.timer import timer
from kr8.generators.ansible.unpacking import unpacking

DEFAULTS = """\
---
# How many versions stay on a host: the one that serves and the one before it are always among them.
service_keep: 5
service_root: "/opt/{{ project_name }}"
# What runs note for those after them.
service_marks: "{{ service_root }}/.kr8"
service_user: "{{ project_name }}"
# Service name -> secret name -> value: from a vault of yours, never from this repository in clear.
service_secrets: {}
# What rollback.yml takes back: it says so itself.
service_withdrawn: ""
# The number of a run that was cut off, whose hosts this one takes over.
service_take_over: ""
# Which version each service serves, of what serving.yml has read. A link that is not there leads to itself.
service_versions: >-
  {{ dict(services | map(attribute='name') | zip(service_leads.stdout_lines | map('basename'))
  | rejectattr(1, 'equalto', 'active')) }}
service_serving: >-
  {{ inventory_hostname }} serves {{ service_versions.items() | map('join', ' ') | join(', ') or 'nothing' }}
# When the versions of the service `service_look` came to serve, of what notes.yml has found: the newest last.
service_times: >-
  {{ service_notes.files | selectattr('path', 'match', service_root ~ '/' ~ service_look.name ~ '/served/')
  | sort(attribute='mtime') }}
# The versions whose rollback did not come to its end, of what all hosts of the run have noted.
service_begun_back: >-
  {{ ansible_play_hosts_all | map('extract', hostvars, 'service_notes') | select('defined') | map(attribute='files')
  | flatten | map(attribute='path') | select('match', service_marks ~ '/withdrawn/') | map('basename') | unique }}
# Those of them that are given up, for another version has come to serve.
service_given_up: "{{ service_begun_back | difference([service_version]) }}"
# The services of this host that a rollback takes back, as standing.yml has found them.
service_going: "{{ service_standing | selectattr('version', 'equalto', service_withdrawn) }}"
# What will run, to be looked at for its ports: what kr8.toml says, or what a rollback brings back.
service_coming: "{{ services }}"
# What a unit said last, without its secrets. The longest first: a shorter one may be a part of it.
service_last_words: >-
  {{ service_words.stdout | default('')
  | regex_replace(service_hidden | map('regex_escape') | join('|') or '(?!)', '***') or 'none' }}
service_hidden: "{{ service_values | map('length') | zip(service_values) | sort(reverse=true) | map('last') }}"
service_values: "{{ (service_secrets[service_item.name] | default({})).values() | map('string') | select }}"
"""

ARGUMENTS = """\
---
argument_specs:
  version:
    short_description: See that the version to deploy is one.
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

VERSION = """\
---
- name: Refuse a version that is none
  ansible.builtin.assert:
    that:
      - service_version is match('^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$')
      - service_version not in ['latest', 'current', 'stable']
    fail_msg: "service_version must name one version for good, such as a commit: it is {{ service_version }}"
    quiet: true
"""

DEPLOY = """\
---
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
  vars:
    service_target: "{{ service_version }}"
"""

UNIT = """\
# {{ ansible_managed }}
[Unit]
Description={{ project_name }} {{ service_item.name }} ({{ service_side }})
After=network-online.target
Wants=network-online.target
# It is started again for as long as it takes: what it needs may be away for longer than five starts.
StartLimitIntervalSec=0

[Service]
Type={{ 'oneshot' if service_item.kind == 'job' else 'exec' }}
ExecStart={{ service_item.command[service_side] }}
{% if service_item.kind != 'job' %}
Restart=always
RestartSec=1
{% endif %}
{% include 'process.j2' %}

[Install]
WantedBy=multi-user.target
"""

PROCESS = """\
User={{ service_user }}
WorkingDirectory={{ service_home }}/{{ service_side }}/{{ service_item.path }}
{% for service_line in service_item.environment[service_side] %}
Environment={{ service_line }}
{% endfor %}
Environment=KR8_VERSION={{ service_target }}
EnvironmentFile={{ service_home }}/{{ service_side }}.secrets
TimeoutStopSec={{ service_item.stop_seconds }}
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
"""

SECRETS = r"""
{% for service_secret in service_item.secrets %}
{% set service_value = service_secrets[service_item.name][service_secret] %}
{{ service_secret }}="{{ service_value | regex_replace('([\\\\"`$])', '\\\\\\1') }}"
{% endfor %}
"""


def service_role() -> Iterable[SourceFile]:
    """The files of the role."""
    yield fixed("roles/service/defaults/main.yml", DEFAULTS)
    yield fixed("roles/service/meta/argument_specs.yml", ARGUMENTS)
    yield fixed("roles/service/tasks/version.yml", VERSION)
    yield fixed("roles/service/tasks/deploy.yml", DEPLOY)
    yield from one_run()
    yield from standing()
    yield from switching()
    yield from unpacking()
    yield from settings()
    yield from before_command()
    yield from timer()
    yield from going_back()
    yield from serving()
    yield fixed("roles/service/templates/service.j2", UNIT)
    yield fixed("roles/service/templates/process.j2", PROCESS)
    yield fixed("roles/service/templates/secrets.j2", SECRETS)
