"""The playbooks: prepare hosts, deploy a few at a time, go back."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

SITE = """\
---
- name: Prepare the hosts
  hosts: all
  become: true
  roles:
    - role: baseline

- name: Prepare the proxy on each host
  hosts: app
  become: true
  tasks:
    - name: Install it
      ansible.builtin.include_role:
        name: proxy
        tasks_from: install

- name: Prepare the balancers
  hosts: proxy:!app
  become: true
  roles:
    - role: balancer
"""

DEPLOY = """\
---
# ansible-playbook -i inventories/ENVIRONMENT deploy.yml -e service_version=… -e service_artifact=…
- name: Deploy, a few hosts at a time
  hosts: app
  become: true
  serial: "{{ deploy_serial | default(1) }}"
  # The first host that does not work ends it: those after it are not touched.
  any_errors_fatal: true
  tasks:
    - name: Deploy the services of the host
      ansible.builtin.include_role:
        name: service
        tasks_from: deploy
"""

ROLLBACK = """\
---
# ansible-playbook -i inventories/ENVIRONMENT rollback.yml
- name: Go back to the version before, a few hosts at a time
  hosts: app
  become: true
  serial: "{{ deploy_serial | default(1) }}"
  any_errors_fatal: true
  tasks:
    - name: Find the version before
      ansible.builtin.include_role:
        name: service
        tasks_from: previous

    - name: Deploy it again
      ansible.builtin.include_role:
        name: service
        tasks_from: deploy
"""

CONFIGURATION = """\
[defaults]
roles_path = roles
retry_files_enabled = false
interpreter_python = auto_silent
# A host whose key changed is another host.
host_key_checking = true

[ssh_connection]
pipelining = true
"""


def playbooks() -> Iterable[SourceFile]:
    """The playbooks and Ansible's own configuration."""
    yield fixed("ansible.cfg", CONFIGURATION)
    yield fixed("site.yml", SITE)
    yield fixed("deploy.yml", DEPLOY)
    yield fixed("rollback.yml", ROLLBACK)
