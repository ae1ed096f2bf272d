"""What of the role `service` keeps runs apart: each takes all its hosts before it changes any, then lets them go.

Between, it goes from batch to batch.
"""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

TAKE = """\
---
- name: Make the folders of what runs note
  ansible.builtin.file:
    path: "{{ service_marks }}/{{ service_folder }}"
    state: directory
    owner: root
    group: root
    mode: "0755"
  loop: [withdrawn, lasting]
  loop_control:
    loop_var: service_folder

- name: Give the run a number
  ansible.builtin.set_fact:
    service_run: >-
      {{ service_somebody }}, since {{ now(utc=true).strftime('%Y-%m-%d %H:%M:%S') }} UTC, run
      {{ 999999999 | random(start=100000000) }}
  run_once: true
  vars:
    service_somebody: "{{ lookup('ansible.builtin.env', 'USER') | default('somebody', true) }}"

- name: Take over from a run that was cut off
  ansible.builtin.command:
    argv:
      - sh
      - -c
      - 'if grep -q -s -e "run $1$" "$2"; then rm "$2"; fi'
      - take-over
      - "{{ service_take_over }}"
      - "{{ service_marks }}/run"
  changed_when: false
  when: service_take_over | string | length > 0

# A link is made, with all its words, or there is one: nobody comes between.
- name: Take the host
  ansible.builtin.command:
    argv:
      - sh
      - -c
      - >-
        echo "$1" > "$2.$$" && ln "$2.$$" "$2" 2> /dev/null; taken=$?; rm -f "$2.$$";
        [ $taken = 0 ] || cat "$2"; exit $taken
      - take
      - "{{ service_run }}"
      - "{{ service_marks }}/run"
  register: service_took
  failed_when: false
  changed_when: false

- name: Refuse where another run has it
  ansible.builtin.assert:
    that: service_took.rc == 0
    fail_msg: >-
      {{ inventory_hostname }}
      {{ 'is held by ' ~ service_took.stdout if service_took.stdout else 'cannot be taken: ' ~ service_took.stderr }}.
      Wait for the end of that run. Where it was cut off, go on with
      -e service_take_over={{ service_took.stdout.split() | last | default('') }}. Nothing was changed on any host.
    quiet: true

- name: Mend what a run that was cut off has left
  ansible.builtin.include_tasks: cut_off.yml
"""

HELD = """\
---
# However it ends, no host stays held that answers.
- name: Go on while no host fails, else let go of all
  block:
    - name: Take the steps
      ansible.builtin.include_tasks: "{{ service_step }}.yml"
      loop: "{{ service_steps }}"
      loop_control:
        loop_var: service_step
  rescue:
    - name: Let go of all hosts
      ansible.builtin.include_tasks: let_go.yml

    - name: End here
      ansible.builtin.fail:
        msg: "{{ ansible_failed_result.msg | default('What failed stands above.') }}"
"""

BATCHES = """\
---
# Not by `serial`: where no host of a batch is left, Ansible ends at once, and nobody would let go of the others.
- name: Go from batch to batch
  ansible.builtin.include_tasks: batch.yml
  loop: "{{ ansible_play_hosts_all | batch(deploy_serial) | list }}"
  loop_control:
    loop_var: service_batch
    label: "{{ service_batch | join(', ') }}"
"""

BATCH = """\
---
- name: Go on with the hosts of the batch, while the others wait
  ansible.builtin.include_tasks: "{{ service_batch_step }}.yml"
  when: inventory_hostname in service_batch
"""

LET_GO = """\
---
# Whichever host is still there lets go of all of them.
- name: Let go of what the run has taken
  ansible.builtin.command:
    argv:
      - sh
      - -c
      - 'if grep -q -s -x -F -e "$1" "$2"; then rm "$2"; fi'
      - let-go
      - "{{ service_run | default('none') }}"
      - "{{ service_marks }}/run"
  loop: "{{ ansible_play_hosts_all }}"
  loop_control:
    loop_var: service_host
  delegate_to: "{{ service_host }}"
  run_once: true
  register: service_let_go
  ignore_unreachable: true
  # Else a host that does not answer would end this for all of them.
  ignore_errors: true
  changed_when: false

- name: Tell which hosts stay held, and how to go on
  ansible.builtin.debug:
    msg: >-
      {{ service_away | join(', ') }} did not answer, and stays held where this run has taken it. Once it answers, go on
      with -e service_take_over={{ service_run.split() | last }}. Until then --limit leaves it out, or, where a `before`
      cannot be undone, take it out of hosts in kr8.toml.
  run_once: true
  when: service_away | length > 0 and service_run is defined
  vars:
    service_done: "{{ service_let_go.results | selectattr('rc', 'defined') | selectattr('rc', 'equalto', 0) }}"
    service_away: "{{ ansible_play_hosts_all | reject('in', service_done | map(attribute='service_host')) | list }}"
"""


def one_run() -> Iterable[SourceFile]:
    """The files."""
    yield fixed("roles/service/tasks/take.yml", TAKE)
    yield fixed("roles/service/tasks/let_go.yml", LET_GO)
    yield fixed("roles/service/tasks/held.yml", HELD)
    yield fixed("roles/service/tasks/batches.yml", BATCHES)
    yield fixed("roles/service/tasks/batch.yml", BATCH)
