"""What of the role `service` brings the files of a version to a host: all of them, or none."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import fixed

UNPACK = """\
---
- name: See that there is an archive of it
  ansible.builtin.assert:
    that: service_artifact is defined
    fail_msg: "service_artifact must name an archive: {{ inventory_hostname }} lacks {{ service_target }}"
    quiet: true

- name: Unpack it beside what is here, and give it its name once it is whole
  block:
    - name: Remove what a run that was cut off has left
      ansible.builtin.file:
        path: "{{ service_home }}/unpacking"
        state: absent

    - name: Make a folder to unpack it in
      ansible.builtin.file:
        path: "{{ service_home }}/unpacking"
        state: directory
        owner: root
        group: "{{ service_user }}"
        mode: "0750"

    - name: Unpack it
      ansible.builtin.unarchive:
        src: "{{ service_artifact }}"
        dest: "{{ service_home }}/unpacking"
        owner: root
        group: "{{ service_user }}"
        mode: u=rwX,g=rX,o=

    - name: Give it its name
      ansible.builtin.command:
        argv:
          - mv
          - --no-target-directory
          - "{{ service_home }}/unpacking"
          - "{{ service_release }}"
        creates: "{{ service_release }}"
  rescue:
    - name: Look what room the disk has left
      ansible.builtin.command:
        argv:
          - df
          - --human-readable
          - --output=avail
          - "{{ service_root }}"
      register: service_room
      changed_when: false

    - name: Remove what of it is unpacked
      ansible.builtin.file:
        path: "{{ service_home }}/unpacking"
        state: absent

    - name: Tell why it cannot be unpacked
      ansible.builtin.fail:
        msg: >-
          {{ service_item.name }} {{ service_target }} cannot be unpacked on {{ inventory_hostname }}:
          {{ service_said.split() | join(' ') }}. The disk of {{ service_root }} had
          {{ service_room.stdout_lines | last | trim }} left. What was unpacked of it is removed, and what served serves
          on. Mend that, then run the same command again.
      vars:
        service_said: >-
          {{ (ansible_failed_result.extract_results | default({})).err | default(ansible_failed_result.msg, true) }}
"""


def unpacking() -> Iterable[SourceFile]:
    """The file."""
    yield fixed("roles/service/tasks/unpack.yml", UNPACK)
