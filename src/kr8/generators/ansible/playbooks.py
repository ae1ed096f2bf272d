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

FAIL = """\

        - name: End here
          ansible.builtin.fail:
            msg: "{{ ansible_failed_result.msg | default('What failed stands above.') }}"
"""

LET_GO = f"""\
      rescue:
        - name: Let go of all hosts
          ansible.builtin.include_role:
            name: service
            tasks_from: let_go
          vars:
            service_held: "{{{{ ansible_play_hosts_all }}}}"
{FAIL}"""

TAKE = """\
        - name: Take the host
          ansible.builtin.include_role:
            name: service
            tasks_from: take

        - name: Mend what a run that was cut off has left
          ansible.builtin.include_role:
            name: service
            tasks_from: cut_off

"""

LET_GO_OF_THIS = """\
        - name: Let go of the host
          ansible.builtin.include_role:
            name: service
            tasks_from: let_go
          vars:
            service_held: ["{{ inventory_hostname }}"]
"""

DONE = f"""
{LET_GO_OF_THIS}\
      rescue:
{LET_GO_OF_THIS}{FAIL}"""

DEPLOY = (
    """\
---
# ansible-playbook -i inventories/ENVIRONMENT deploy.yml -e service_version=… -e service_artifact=…
- name: See what is asked for, and what is there
  hosts: app
  become: true
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - name: Look at the version
      ansible.builtin.include_role:
        name: service
        tasks_from: version

    - name: See that nothing stands in the way, or let go of all hosts
      block:
"""
    + TAKE
    + """        - name: Look at the ports
          ansible.builtin.include_role:
            name: service
            tasks_from: ports
"""
    + LET_GO
    + """
- name: Deploy, a few hosts at a time
  hosts: app
  become: true
  gather_facts: false
  # A play knows no variables of the inventory but those of a host, and those once another play has begun.
  serial: "{{ hostvars[groups['app'] | first].deploy_serial | default(1) }}"
  # The first host that does not work ends it: those after it are not touched.
  any_errors_fatal: true
  tasks:
    - name: Deploy, or let go of all hosts
      block:
        - name: Deploy the services of the host
          ansible.builtin.include_role:
            name: service
            tasks_from: deploy
"""
    + LET_GO
    + """
# At the end: what a deployment that fails leaves may need every version that was there.
- name: Remove old versions
  hosts: app
  become: true
  gather_facts: false
  tasks:
    - name: Remove them, and let go
      block:
        - name: Forget rollbacks that were given up
          ansible.builtin.include_role:
            name: service
            tasks_from: given_up

        - name: Remove them on each host
          ansible.builtin.include_role:
            name: service
            tasks_from: remove

        - name: Look at what is not in kr8.toml any more
          ansible.builtin.include_role:
            name: service
            tasks_from: left
"""
    + DONE
)

ROLLBACK = (
    """\
---
# ansible-playbook -i inventories/ENVIRONMENT rollback.yml
- name: Find what was deployed last, and what served before it
  hosts: app
  become: true
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - name: See that there is a way back, or let go of all hosts
      block:
"""
    + TAKE
    + """        - name: Look on each host
          ansible.builtin.include_role:
            name: service
            tasks_from: standing
"""
    + LET_GO
    + """
- name: Go back to the version before, a few hosts at a time
  hosts: app
  become: true
  gather_facts: false
  serial: "{{ hostvars[groups['app'] | first].deploy_serial | default(1) }}"
  any_errors_fatal: true
  tasks:
    - name: Go back, or let go of all hosts
      block:
        - name: Go back with the services of the host
          ansible.builtin.include_role:
            name: service
            tasks_from: back
"""
    + LET_GO
    + """
- name: Note that it is done
  hosts: app
  become: true
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - name: Note it, and let go
      block:
        - name: Forget what was taken back
          ansible.builtin.include_role:
            name: service
            tasks_from: done
"""
    + DONE
)

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
