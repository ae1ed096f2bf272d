"""The playbooks: prepare hosts, deploy a few at a time, go back, say what serves."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

SITE = """\
---
- name: Prepare the hosts
  hosts: all
  become: true
  gather_facts: false
  roles:
    - role: baseline

- name: Prepare the proxy on each host
  hosts: app
  become: true
  gather_facts: false
  tasks:
    - name: Install it
      ansible.builtin.include_role:
        name: proxy
        tasks_from: install

- name: Prepare the balancers
  hosts: proxy:!app
  become: true
  gather_facts: false
  roles:
    - role: balancer
"""

PLAY = """\
  hosts: app
  become: true
  gather_facts: false
  # The first host that does not work ends it: those after it are not touched.
  any_errors_fatal: true
  tasks:
"""

DEPLOY = f"""\
---
# ansible-playbook -i inventories/ENVIRONMENT deploy.yml -e service_version=… -e service_artifact=…
- name: See what is asked for, take the hosts, and see that nothing stands in the way
{PLAY}\
    - name: Look at the version
      ansible.builtin.include_role:
        name: service
        tasks_from: version

    - name: Take the hosts, and look at them
      ansible.builtin.include_role:
        name: service
        tasks_from: held
      vars:
        service_steps: [take, ports]

- name: Deploy, a few hosts at a time
{PLAY}\
    - name: Deploy, batch by batch
      ansible.builtin.include_role:
        name: service
        tasks_from: held
      vars:
        service_steps: [batches]
        service_batch_step: deploy

# At the end: what a deployment that fails leaves may need every version that was there.
- name: Remove old versions
  hosts: app
  become: true
  gather_facts: false
  tasks:
    - name: Remove them, and let go of the hosts
      ansible.builtin.include_role:
        name: service
        tasks_from: held
      vars:
        service_steps: [tidy, let_go]
"""

ROLLBACK = f"""\
---
# ansible-playbook -i inventories/ENVIRONMENT rollback.yml
- name: Take the hosts, find what was deployed last, and what served before it
{PLAY}\
    - name: Take the hosts, and see that there is a way back
      ansible.builtin.include_role:
        name: service
        tasks_from: held
      vars:
        service_steps: [take, standing]

- name: Go back to the version before, a few hosts at a time
{PLAY}\
    - name: Go back, batch by batch
      ansible.builtin.include_role:
        name: service
        tasks_from: held
      vars:
        service_steps: [batches]
        service_batch_step: back

- name: Note that it is done
{PLAY}\
    - name: Forget what was taken back, and let go of the hosts
      ansible.builtin.include_role:
        name: service
        tasks_from: held
      vars:
        service_steps: [done, let_go]
"""

STATUS = """\
---
# ansible-playbook -i inventories/ENVIRONMENT status.yml
- name: Say which version of each service each host serves
  hosts: app
  become: true
  gather_facts: false
  tasks:
    - name: Look on the host
      ansible.builtin.include_role:
        name: service
        tasks_from: status

- name: Say how the balancers find the hosts
  hosts: proxy:!app
  become: true
  gather_facts: false
  tasks:
    - name: Ask the balancer
      ansible.builtin.include_role:
        name: balancer
        tasks_from: states
"""

CONFIGURATION = """\
[defaults]
roles_path = roles
retry_files_enabled = false
# Hosts wait while others have their turn, and say so in every task else.
display_skipped_hosts = false
interpreter_python = auto_silent
# A host whose key changed is another host.
host_key_checking = true

[ssh_connection]
pipelining = true
# A command may be silent for as long as its limit says.
ssh_args = -C -o ControlMaster=auto -o ControlPersist=60s -o ServerAliveInterval=15
"""


def playbooks() -> Iterable[SourceFile]:
    """The playbooks and Ansible's own configuration."""
    yield fixed("ansible.cfg", CONFIGURATION)
    yield fixed("site.yml", SITE)
    yield fixed("deploy.yml", DEPLOY)
    yield fixed("rollback.yml", ROLLBACK)
    yield fixed("status.yml", STATUS)
