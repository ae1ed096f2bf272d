"""The role `balancer`: an HAProxy on a host of its own, before all hosts."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.haproxy import EDGE, HEAD, MEASURES, REDIRECT, TLS
from kr8.generators.ansible.layout import fixed

DEFAULTS = """\
---
# The name that the certificate of a host must have; empty: it is not looked at.
balancer_certificate_name: ""
# How hosts are asked, where there is a certificate. Whom to believe is what the system of the balancer says.
balancer_tls: >-
  {{ '' if not proxy_certificate else ' ssl verify none' if not balancer_certificate_name
  else ' ssl verify required ca-file @system-ca verifyhost ' ~ balancer_certificate_name }}
# The hosts that kr8.toml gives by name, and how they are found. Their proxies listen at IPv4.
balancer_names: "{{ groups['app'] | reject('search', ':') | select('search', '[A-Za-z]') }}"
balancer_lookup: " resolvers names init-addr libc,none resolve-prefer ipv4"
"""

TASKS = """\
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

HANDLERS = """\
---
- name: Take the balancer's configuration up
  ansible.builtin.systemd_service:
    name: haproxy
    state: reloaded
"""

STATES = """\
---
- name: Ask how it finds the hosts
  # checkov:skip=CKV2_ANSIBLE_1:It asks the proxy of this host by a socket in its file system.
  ansible.builtin.uri:
    url: http://localhost/;csv
    unix_socket: /run/haproxy/states.sock
    return_content: true
  register: balancer_told

- name: Tell it
  ansible.builtin.debug:
    msg: >-
      {{ inventory_hostname }} finds {{ balancer_rows | map('first') | zip(balancer_rows | map('last'))
      | map('join', ' ') | join(', ') }} for {{ balancer_service.name }}
  loop: "{{ services | selectattr('kind', 'equalto', 'http') }}"
  loop_control:
    loop_var: balancer_service
    label: "{{ balancer_service.name }}"
  vars:
    # A line is a server of a service: its name is the second field, its state the eighteenth.
    balancer_rows: >-
      {{ balancer_told.content | regex_findall('(?m)^' ~ balancer_service.name
      ~ ',(?!FRONTEND,|BACKEND,)([^,]*),(?:[^,]*,){15}([A-Z]+)') }}
"""

NAMES = """\
{% if balancer_names %}
# A host that gets another address is asked there. Where nobody knows one, the last one counts: whether a host answers
# there is what its health says.
resolvers names
    parse-resolv-conf
    hold nx 24d
    hold refused 24d
    hold timeout 24d
    hold other 24d

{% endif %}
"""

CONFIGURATION = (
    HEAD
    + """
# Says how it finds the hosts, to root of this one: status.yml asks it.
frontend host.states
    bind /run/haproxy/states.sock mode 600
    stats enable
    stats uri /

"""
    + MEASURES
    + NAMES
    + REDIRECT
    + f"""\
{{% for balancer_service in services if balancer_service.kind == 'http' %}}
frontend {{{{ balancer_service.name }}}}
    bind :{{{{ balancer_service.proxy_port }}}}{TLS}
{EDGE}\
    default_backend {{{{ balancer_service.name }}}}
"""
    + r"""
backend {{ balancer_service.name }}
    http-request disable-l7-retry unless METH_GET
    option httpchk
    http-check connect linger default
{% set balancer_path = balancer_service.health_path | replace("'", "'\\''") %}
    http-check send meth GET uri '{{ balancer_path }}' ver HTTP/1.1 hdr Host 127.0.0.1
    http-check expect status 200-299
    # A host that is gone answers no packet: what was sent to it fails then, and not after minutes.
    default-server check inter 1s fall 2 rise 1 tcp-ut 3s
{% for balancer_host in groups['app'] %}
    server {{ balancer_host }} {{ '[' ~ balancer_host ~ ']' if ':' in balancer_host else balancer_host }}:{{
    balancer_service.proxy_port }}{{ balancer_tls }}{{ balancer_lookup if balancer_host in balancer_names else '' }}
{% endfor %}

{% endfor %}
"""
)


def balancer_role() -> Iterable[SourceFile]:
    """The files of the role."""
    yield fixed("roles/balancer/defaults/main.yml", DEFAULTS)
    yield fixed("roles/balancer/tasks/main.yml", TASKS)
    yield fixed("roles/balancer/tasks/states.yml", STATES)
    yield fixed("roles/balancer/handlers/main.yml", HANDLERS)
    yield fixed("roles/balancer/templates/haproxy.cfg.j2", CONFIGURATION)
