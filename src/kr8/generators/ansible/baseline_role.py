"""The role `baseline`: what every host has before anything runs on it."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

TASKS = """\
---
- name: Install what keeps a host up to date and its clock right
  ansible.builtin.apt:
    name:
      - unattended-upgrades
      - chrony
    state: present
    update_cache: true
    cache_valid_time: 3600

- name: Let security updates install themselves
  ansible.builtin.copy:
    src: 20auto-upgrades
    dest: /etc/apt/apt.conf.d/20auto-upgrades
    owner: root
    group: root
    mode: "0644"

- name: Let SSH take keys only
  ansible.builtin.copy:
    src: sshd.conf
    dest: /etc/ssh/sshd_config.d/10-baseline.conf
    owner: root
    group: root
    mode: "0600"
    # What sshd would refuse is not put in place: who is locked out cannot mend it.
    validate: /usr/sbin/sshd -t -f %s
  notify: Take the SSH configuration up

- name: Set the kernel's network rules
  ansible.builtin.copy:
    src: sysctl.conf
    dest: /etc/sysctl.d/90-baseline.conf
    owner: root
    group: root
    mode: "0644"
  notify: Take the kernel's rules up

- name: Make the folder of the journal's configuration
  ansible.builtin.file:
    path: /etc/systemd/journald.conf.d
    state: directory
    owner: root
    group: root
    mode: "0755"

- name: Keep the journal, and bound it
  ansible.builtin.copy:
    src: journald.conf
    dest: /etc/systemd/journald.conf.d/10-baseline.conf
    owner: root
    group: root
    mode: "0644"
  notify: Take the journal's configuration up
"""

HANDLERS = """\
---
- name: Take the SSH configuration up
  ansible.builtin.systemd_service:
    name: ssh
    state: reloaded

- name: Take the kernel's rules up
  ansible.builtin.command:
    argv:
      - sysctl
      - --system
  changed_when: true

- name: Take the journal's configuration up
  ansible.builtin.systemd_service:
    name: systemd-journald
    state: restarted
"""

UPGRADES = """\
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
"""

SSHD = """\
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
X11Forwarding no
MaxAuthTries 3
"""

SYSCTL = """\
net.ipv4.conf.all.accept_redirects = 0
net.ipv4.conf.all.accept_source_route = 0
net.ipv4.conf.all.rp_filter = 1
net.ipv4.conf.all.send_redirects = 0
net.ipv4.tcp_syncookies = 1
net.ipv6.conf.all.accept_redirects = 0
kernel.kptr_restrict = 2
kernel.dmesg_restrict = 1
"""

JOURNALD = """\
[Journal]
Storage=persistent
SystemMaxUse=1G
"""


def baseline_role() -> Iterable[SourceFile]:
    """The files of the role."""
    yield fixed("roles/baseline/tasks/main.yml", TASKS)
    yield fixed("roles/baseline/handlers/main.yml", HANDLERS)
    yield fixed("roles/baseline/files/20auto-upgrades", UPGRADES)
    yield fixed("roles/baseline/files/sshd.conf", SSHD)
    yield fixed("roles/baseline/files/sysctl.conf", SYSCTL)
    yield fixed("roles/baseline/files/journald.conf", JOURNALD)
