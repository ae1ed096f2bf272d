"""What of the role `proxy` sees to the certificate: that it is there, and that HAProxy takes up a renewed one."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

TASKS = """\
---
- name: Look whether the certificate is there
  ansible.builtin.stat:
    path: "{{ proxy_certificate }}"
  register: proxy_certificate_file

- name: Refuse a host without it
  ansible.builtin.assert:
    that: proxy_certificate_file.stat.exists
    fail_msg: >-
      {{ inventory_hostname }} has no {{ proxy_certificate }}, which kr8.toml names as its certificate. Put it there,
      on each host and each balancer: certificate, intermediate ones and key in one PEM file, mode 0600.
    quiet: true

- name: Write how HAProxy takes up a renewed one
  ansible.builtin.template:
    src: "{{ proxy_renewal }}.j2"
    dest: "/etc/systemd/system/haproxy-certificate.{{ proxy_renewal }}"
    owner: root
    group: root
    mode: "0644"
  loop:
    - service
    - path
  loop_control:
    loop_var: proxy_renewal
  register: proxy_renewals

- name: Watch for it
  ansible.builtin.systemd_service:
    name: haproxy-certificate.path
    state: "{{ 'restarted' if proxy_renewals is changed else 'started' }}"
    enabled: true
    daemon_reload: "{{ proxy_renewals is changed }}"
"""

SERVICE = """\
# {{ ansible_managed }}
[Unit]
Description=HAProxy takes up its renewed certificate
# Several writes are one renewal, and none is missed.
StartLimitIntervalSec=0

[Service]
Type=oneshot
# It looks at the certificate first, and goes on with the old one where the new one is none.
ExecStart=/usr/bin/systemctl reload haproxy.service
"""

PATH = """\
# {{ ansible_managed }}
[Unit]
Description=The certificate of HAProxy

[Path]
PathChanged={{ proxy_certificate }}

[Install]
WantedBy=multi-user.target
"""


def certificate() -> Iterable[SourceFile]:
    """The files."""
    yield fixed("roles/proxy/tasks/certificate.yml", TASKS)
    yield fixed("roles/proxy/templates/service.j2", SERVICE)
    yield fixed("roles/proxy/templates/path.j2", PATH)
