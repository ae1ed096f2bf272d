"""The roles `proxy`, on each host before its services, and `balancer`, before all hosts."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

DEFAULTS = """\
---
# A PEM file with certificate and key; empty: traffic is not encrypted.
proxy_certificate: ""
# How long open requests may go on in an old HAProxy after a switch.
proxy_drain_seconds: 30
# What it serves in words: the side of each service that has one.
proxy_serving: >-
  serving {{ proxy_active | map(attribute='proxy_service.name') | zip(proxy_active | map(attribute='stat.lnk_target'))
  | map('join', '=') | join(' ') }}
proxy_active: "{{ proxy_sides.results | selectattr('stat.exists') }}"
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
  # checkov:skip=CKV_ANSIBLE_1:The certificate is for the name that users ask for, not for 127.0.0.1.
  ansible.builtin.uri:
    url: >-
      {{ 'https' if proxy_certificate else 'http' }}://127.0.0.1:{{ service_item.proxy_port }}{{
      service_item.health_path }}
    validate_certs: false
    status_code: "{{ range(200, 300) | list }}"
    timeout: 2
  register: proxy_answer
  until: proxy_answer is succeeded
  retries: 10
  delay: 1
  when: service_item.name in proxy_active | map(attribute='proxy_service.name')
"""

CONFIGURATION = """\
# {{ ansible_managed }}
global
    user haproxy
    group haproxy
    maxconn 20000
    # A host that gives fewer files than it asks for has fewer connections: the alternative is not to start.
    no strict-limits
    hard-stop-after {{ proxy_drain_seconds }}s
    stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners

defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout http-request 10s
    # After a reload a connection that waits has one more answer, which says that it closes: a client loses no request.
    option idle-close-on-response
    option redispatch 1
    retries 2
    retry-on conn-failure

# Says what it serves, to root of this host.
frontend serving
    bind /run/haproxy/serving.sock mode 600
    http-request return status 200 content-type text/plain string "{{ proxy_serving }}"

{% for proxy_look in proxy_active %}
frontend {{ proxy_look.proxy_service.name }}
    bind :{{ proxy_look.proxy_service.proxy_port }}{{ ' ssl crt ' ~ proxy_certificate if proxy_certificate else '' }}
    default_backend {{ proxy_look.proxy_service.name }}

backend {{ proxy_look.proxy_service.name }}
{% set proxy_side = proxy_look.stat.lnk_target %}
    server {{ proxy_side }} 127.0.0.1:{{ proxy_look.proxy_service.port + (1 if proxy_side == 'green' else 0) }}

{% endfor %}
"""

BALANCER = """\
---
- name: Install HAProxy
  ansible.builtin.include_role:
    name: proxy
    tasks_from: install

- name: Write the hosts it balances over
  ansible.builtin.template:
    src: haproxy.cfg.j2
    dest: /etc/haproxy/haproxy.cfg
    owner: root
    group: haproxy
    mode: "0640"
    validate: haproxy -c -f %s
  notify: Take the balancer's configuration up
"""

BALANCER_HANDLERS = """\
---
- name: Take the balancer's configuration up
  ansible.builtin.systemd_service:
    name: haproxy
    state: reloaded
"""

BALANCER_CONFIGURATION = """\
# {{ ansible_managed }}
global
    user haproxy
    group haproxy
    maxconn 20000
    no strict-limits
    stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners

defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout http-request 10s
    # After a reload a connection that waits has one more answer, which says that it closes: a client loses no request.
    option idle-close-on-response
    option redispatch 1
    retries 2
    retry-on conn-failure

{% for balancer_service in services if balancer_service.kind == 'http' %}
frontend {{ balancer_service.name }}
    bind :{{ balancer_service.proxy_port }}{{ ' ssl crt ' ~ proxy_certificate if proxy_certificate else '' }}
    default_backend {{ balancer_service.name }}

backend {{ balancer_service.name }}
    option httpchk GET {{ balancer_service.health_path }}
    default-server check inter 1s fall 2 rise 1
{% for balancer_host in groups['app'] %}
    server {{ balancer_host }} {{ balancer_host }}:{{ balancer_service.proxy_port }}{{
    ' ssl verify none' if proxy_certificate else '' }}
{% endfor %}

{% endfor %}
"""


def proxy_roles() -> Iterable[SourceFile]:
    """The files of both roles."""
    yield fixed("roles/proxy/defaults/main.yml", DEFAULTS)
    yield fixed("roles/proxy/tasks/install.yml", INSTALL)
    yield fixed("roles/proxy/tasks/switch.yml", SWITCH)
    yield fixed("roles/proxy/templates/haproxy.cfg.j2", CONFIGURATION)
    yield fixed("roles/balancer/tasks/main.yml", BALANCER)
    yield fixed("roles/balancer/handlers/main.yml", BALANCER_HANDLERS)
    yield fixed("roles/balancer/templates/haproxy.cfg.j2", BALANCER_CONFIGURATION)
