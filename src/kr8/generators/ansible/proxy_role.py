"""The role `proxy`: an HAProxy on each host, before its services."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.certificate import certificate
from kr8.generators.ansible.haproxy import EDGE, HEAD, MEASURES, REDIRECT, TLS
from kr8.generators.ansible.layout import fixed

DEFAULTS = """\
---
# A PEM file with certificate and key; empty: traffic is not encrypted.
proxy_certificate: ""
# How long open requests may go on in an old HAProxy after a switch.
proxy_drain_seconds: 30
# What it serves in words: the side of each service that has one.
proxy_serving: >-
  serving {{ proxy_active | map(attribute='0.name') | zip(proxy_active | map(attribute='1')) | map('join', '=')
  | join(' ') }}
# What each service is that has a port, and its side. The port is the side's own: kr8.toml may say another one since.
proxy_active: >-
  {{ proxy_notes.results | map(attribute='content') | map('b64decode') | map('from_json')
  | zip(proxy_notes.results | map(attribute='proxy_look.stat.lnk_target')) | selectattr('0.port', 'defined') }}
"""

INSTALL = """\
---
- name: Install HAProxy
  ansible.builtin.apt:
    name: haproxy
    state: present
    update_cache: true
    cache_valid_time: 3600

- name: Start it at boot
  ansible.builtin.systemd_service:
    name: haproxy
    enabled: true

- name: See to its certificate
  ansible.builtin.include_tasks: certificate.yml
  when: proxy_certificate | length > 0
"""

ASK = """\
---
- name: Ask what it serves
  # checkov:skip=CKV2_ANSIBLE_1:It asks the proxy of this host by a socket in its file system.
  ansible.builtin.uri:
    url: http://localhost/
    unix_socket: /run/haproxy/serving.sock
    return_content: true
  register: proxy_told
  # One that has never served says nothing.
  failed_when: false
"""

SWITCH = """\
---
- name: Look which side of each service serves
  ansible.builtin.stat:
    path: "/opt/{{ project_name }}/{{ proxy_service.name }}/active"
  loop: "{{ services | selectattr('kind', 'equalto', 'http') }}"
  loop_control:
    loop_var: proxy_service
    label: "{{ proxy_service.name }}"
  register: proxy_sides

- name: Read what each side is
  ansible.builtin.slurp:
    src: "/opt/{{ project_name }}/{{ proxy_look.proxy_service.name }}/{{ proxy_look.stat.lnk_target }}.json"
  loop: "{{ proxy_sides.results | selectattr('stat.exists') }}"
  loop_control:
    loop_var: proxy_look
    label: "{{ proxy_look.proxy_service.name }}"
  register: proxy_notes

- name: Write what it serves
  ansible.builtin.template:
    src: haproxy.cfg.j2
    dest: /etc/haproxy/haproxy.cfg
    owner: root
    group: haproxy
    mode: "0640"
    validate: haproxy -c -f %s

# A reload hands the sockets over: no connection is refused, and open ones end in the old process.
- name: Take it up without dropping a connection
  ansible.builtin.systemd_service:
    name: haproxy
    state: reloaded

- name: See that it is taken up
  # checkov:skip=CKV2_ANSIBLE_1:It asks the proxy of this host by a socket in its file system.
  ansible.builtin.uri:
    url: http://localhost/
    unix_socket: /run/haproxy/serving.sock
    return_content: true
  register: proxy_told
  until: proxy_told.content | default('') == proxy_serving
  retries: 10
  delay: 1

- name: Find the process that has started those that serve
  ansible.builtin.command:
    argv:
      - systemctl
      - show
      - --property=MainPID
      - --value
      - haproxy
  register: proxy_main
  changed_when: false

# The old one ends when its last request has ended: until then it needs what served before.
- name: Wait until the new one serves alone
  ansible.builtin.command:
    argv:
      - pgrep
      - --count
      - --parent
      - "{{ proxy_main.stdout }}"
  register: proxy_workers
  until: proxy_workers.stdout == '1'
  retries: "{{ proxy_drain_seconds + 5 }}"
  delay: 1
  changed_when: false

- name: See that the new version answers through it
  # checkov:skip=CKV2_ANSIBLE_1:It asks this host, over the loopback interface.
  # checkov:skip=CKV_ANSIBLE_1:The certificate is for the name that users ask for, not for an address of loopback.
  ansible.builtin.uri:
    # Only 127.0.0.1 is answered without encryption.
    url: >-
      {{ 'https://127.0.0.2' if proxy_certificate else 'http://127.0.0.1' }}:{{ service_item.proxy_port }}{{
      service_item.health_path }}
    headers:
      Host: "127.0.0.1:{{ service_item.proxy_port }}"
    validate_certs: false
    status_code: "{{ range(200, 300) | list }}"
    timeout: 2
  register: proxy_answer
  until: proxy_answer is succeeded
  retries: 10
  delay: 1
  when: service_item.name in proxy_active | map(attribute='0.name')
"""

CONFIGURATION = (
    HEAD
    + """
# Says what it serves, to root of this host.
frontend host.serving
    bind /run/haproxy/serving.sock mode 600
    http-request return status 200 content-type text/plain string "{{ proxy_serving }}"

"""
    + MEASURES
    + REDIRECT
    + f"""\
{{% for proxy_service, proxy_side in proxy_active %}}
{{% set proxy_today = services | selectattr('name', 'equalto', proxy_service.name) | first %}}
frontend {{{{ proxy_service.name }}}}
    bind :{{{{ proxy_today.proxy_port }}}}{TLS}
{{% if proxy_certificate %}}
    # Services of this host ask each other here: a certificate is for no address of loopback.
    bind 127.0.0.1:{{{{ proxy_today.proxy_port }}}}
{{% endif %}}
{{% if not groups['proxy'] %}}
{EDGE}\
{{% endif %}}
    default_backend {{{{ proxy_service.name }}}}

backend {{{{ proxy_service.name }}}}
    http-request disable-l7-retry unless METH_GET
    server {{{{ proxy_side }}}} 127.0.0.1:{{{{ proxy_service.port + (1 if proxy_side == 'green' else 0) }}}}

{{% endfor %}}
"""
)


def proxy_role() -> Iterable[SourceFile]:
    """The files of the role."""
    yield fixed("roles/proxy/defaults/main.yml", DEFAULTS)
    yield fixed("roles/proxy/tasks/install.yml", INSTALL)
    yield fixed("roles/proxy/tasks/ask.yml", ASK)
    yield fixed("roles/proxy/tasks/switch.yml", SWITCH)
    yield fixed("roles/proxy/templates/haproxy.cfg.j2", CONFIGURATION)
    yield from certificate()
