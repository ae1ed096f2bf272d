"""What of the role `service` keeps runs apart: each takes all its hosts before it changes any, then lets them go."""

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
"""

LET_GO = """\
---
- name: Let go of what the run has taken
  ansible.builtin.command:
    argv:
      - sh
      - -c
      - 'if grep -q -s -x -F -e "$1" "$2"; then rm "$2"; fi'
      - let-go
      - "{{ service_run | default('none') }}"
      - "{{ service_marks }}/run"
  loop: "{{ service_held }}"
  loop_control:
    loop_var: service_host
  delegate_to: "{{ service_host }}"
  # One that is away stays taken: the next run says so.
  ignore_unreachable: true
  changed_when: false
"""


def one_run() -> Iterable[SourceFile]:
    """The files."""
    yield fixed("roles/service/tasks/take.yml", TAKE)
    yield fixed("roles/service/tasks/let_go.yml", LET_GO)
