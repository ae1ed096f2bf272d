"""ansible-lint, started as kr8 starts it, says what it says when somebody starts it by hand."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from kr8.drivers.ansible import commands
from kr8.drivers.toolbox.places import places

FILES = {
    "site.yml": """\
- hosts: all
  vars:
    Since: 2024-01-02
    at: 2024-01-02T03:04:05Z
    share: 0.5
    count: 3
  pre_tasks:
    - debug: msg={{count}}
  tasks:
    - name: install
      yum: name=httpd state=latest
    - block:
        - shell: echo a | grep b
          when: "{{ share }}"
      rescue:
        - name: Again
          ansible.builtin.command: rm -rf /tmp/a
  roles:
    - web
""",
    "roles/web/tasks/main.yml": """\
---
- name: Copy it
  ansible.builtin.copy: {src: a, dest: /etc/a, mode: 644}
  notify: restart web
- include_tasks: more.yml
- name: "Use {{ thing }} here"
  ansible.builtin.template: src=a.j2 dest=/etc/b
  tags: [ a,b ]
""",
    "roles/web/tasks/more.yml": """\
---
- command: systemctl restart web
  ignore_errors: yes
- name: Nothing
  nosuch: 1
""",
    "roles/web/handlers/main.yml": "---\n- name: restart web\n  service: name=web state=restarted\n",
    "roles/web/meta/main.yml": "galaxy_info:\n  author: 1\n",
    "roles/web/defaults/main.yml": "Port: 80\nweb_b:   yes\n",
    "group_vars/all.yml": "a: 1\na: 2\n",
}


def said(folder: Path, *program: str) -> list[dict[str, Any]]:
    ended = subprocess.run(
        [*program, "--offline", "--profile", "production", "--format", "json", "--nocolor"],
        cwd=folder / "code",
        env=commands.environment([Path(program[0]).parent], folder),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    return json.loads(ended.stdout)


def test_it_finds_the_same(tmp_path: Path) -> None:
    for path, text in FILES.items():
        (file := tmp_path / "code" / path).parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    place = places(Path(os.environ["KR8_TOOLS"]))["ansible-lint"]
    by_hand = said(tmp_path, str(place.program("ansible-lint")))
    assert len({found["check_name"] for found in by_hand}) > 15
    assert said(tmp_path, str(place.program("python")), "-P", str(commands.LINTING)) == by_hand
