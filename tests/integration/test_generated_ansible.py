"""What `generate_ansible` writes, shown to the real programs: Ansible, ansible-lint, HAProxy."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.fakes.checkers import MemoryCheckResults
from tests.support.certificates import make_certificate

from kr8.domain.digest import digest
from kr8.domain.infrastructure_check import Checked, CheckState, Part
from kr8.domain.problem import Refused
from kr8.domain.project import Project
from kr8.drivers.ansible import commands
from kr8.drivers.ansible.driver import AnsibleChecker
from kr8.drivers.guard.driver import CodeGuard
from kr8.drivers.process.driver import Processes
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.toolbox.place import Place
from kr8.drivers.toolbox.places import places
from kr8.generators import ansible
from kr8.ports.checkers import Sources

SMALL = """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["serve", "{port}"]

[environments.production]
listen = { web = "127.0.0.1:8002" }

[environments.production.infrastructure.ansible]
hosts = ["10.0.0.1"]
"""
WORDS = [
    "serve",
    "{port}",
    "{{ lookup('pipe', 'touch MARK') }}",
    "{% raw %}",
    "${HOME} $$ $(id) `id`",
    "100% %n %%",
    "a \"quote\" 'and' \\ a backslash\\",
    "two\nlines\tand a tab\r",
    "",
    "#{# not a comment #}",
    "ÿ 漢 😀 \x7f",
    "- [x]: {y}, &a *b !c |",
    "[Service]\nExecStart=/bin/false",
]
PATH = "/a'b'#\"%[src]$HOME\\"
QUOTED = "'\\''"
"""What a quote is within quotes of HAProxy."""
ENV = {f"A{number}": word.replace("{port}", "") for number, word in enumerate(WORDS)}


def toml(text: str) -> str:
    """A text as TOML has it."""
    inner = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{inner}"'


RICH = f"""\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = [{", ".join(map(toml, WORDS))}]
env = {{ {", ".join(f"{name} = {toml(value)}" for name, value in ENV.items())} }}
secrets = ["TOKEN"]
memory = "256M"
health = {{ path = {toml(PATH)} }}

[services.api]
run = ["api", "{{port}}"]
needs = ["web"]

[services.mail]
kind = "worker"
run = ["mail"]

[services.once]
kind = "job"
run = ["once"]
before = {{ run = ["migrate"], reversible = true }}

[infrastructure.ansible]
proxies = ["10.0.0.3"]
ports = {{ web = 443 }}

[environments.staging]
listen = {{ web = "127.0.0.1:8003", api = "127.0.0.1:8004" }}

[environments.staging.infrastructure.ansible]
hosts = ["10.0.0.9"]

[environments.production]
listen = {{ web = "127.0.0.1:8002", api = "127.0.0.1:8005" }}

[environments.production.infrastructure.ansible]
hosts = ["10.0.0.1", "10.0.0.2"]
"""
RENDER = """\
---
- name: Render what carries texts of kr8.toml
  hosts: app
  gather_facts: false
  vars:
    service_root: "{{ out }}"
    service_user: shop
    service_home: "{{ out }}/home"
    service_side: blue
    service_target: v1
    proxy_notes:
      results:
        - content: "{{ services | selectattr('name', 'equalto', 'web') | first | to_json | b64encode }}"
          proxy_look: {stat: {lnk_target: blue}}
    service_secrets: {web: {TOKEN: 'a"b\\c$d`e\\'}}
  vars_files: [roles/proxy/defaults/main.yml, roles/balancer/defaults/main.yml]
  tasks:
    - name: Render the unit
      ansible.builtin.template:
        src: roles/service/templates/service.j2
        dest: "{{ out }}/{{ service_item.name }}.service"
        mode: "0644"
      loop: "{{ services }}"
      loop_control:
        loop_var: service_item
    - name: Render its secrets
      ansible.builtin.template:
        src: roles/service/templates/secrets.j2
        dest: "{{ out }}/{{ service_item.name }}.secrets"
        mode: "0600"
      loop: "{{ services | selectattr('name', 'equalto', 'web') }}"
      loop_control:
        loop_var: service_item
    - name: Render the proxy's configuration
      ansible.builtin.template:
        src: roles/{{ item }}/templates/haproxy.cfg.j2
        dest: "{{ out }}/{{ item }}.cfg"
        mode: "0644"
      loop: [proxy, balancer]
    - name: Render it with a certificate
      ansible.builtin.template:
        src: roles/{{ item }}/templates/haproxy.cfg.j2
        dest: "{{ out }}/{{ item }}-tls.cfg"
        mode: "0644"
      loop: [proxy, balancer]
      vars:
        proxy_certificate: "{{ out }}/shop.pem"
        balancer_certificate_name: shop.test
"""


@pytest.fixture(scope="module")
def tool() -> Place:
    return places(Path(os.environ["KR8_TOOLS"]))["ansible-lint"]


def read(text: str) -> Project:
    return TomlProjectFiles().read(text.encode())


def write(root: Path, text: str) -> Sources:
    """What is generated of a kr8.toml, written."""
    files = {file.path: file.text for file in ansible.generate(read(text))}
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return Sources(root=root, digests={path: digest(content) for path, content in files.items()})


def check(tool: Place, sources: Sources) -> Checked:
    """What the guard, and then the checker, say."""

    async def both() -> Checked:
        guard, checker = CodeGuard(), AnsibleChecker(Processes(os.environ), tool, MemoryCheckResults())
        found = await guard.found(sources, await guard.concerned(sources))
        guarded = sources.model_copy(update={"runs_code": found})
        return await checker.check(guarded, await checker.concerned(guarded, frozenset(Part)))

    return asyncio.run(both())


@pytest.mark.parametrize("text", [SMALL, RICH], ids=["small", "rich"])
def test_ansible_takes_it_and_ansible_lint_finds_nothing(tool: Place, tmp_path: Path, text: str) -> None:
    checked = check(tool, write(tmp_path, text))
    assert (checked.state, checked.why, checked.findings) == (CheckState.CHECKED, "", ())


def test_the_same_input_gives_the_same_bytes() -> None:
    assert ansible.generate(read(RICH)) == ansible.generate(read(RICH))


def words(line: str) -> list[str]:
    """What systemd takes an ExecStart= or Environment= for, where every word is in quotes (systemd.syntax(7))."""
    names = {"n": "\n", "r": "\r", "t": "\t"}

    def plain(found: re.Match[str]) -> str:
        said = found[1]
        return chr(int(said[1:], 16)) if said[0] == "x" else names.get(said, said)

    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    assert " ".join(f'"{each}"' for each in quoted) == line, "something stands outside of the quotes"
    return [re.sub(r"\\(x..|.)", plain, each).replace("%%", "%") for each in quoted]


def test_texts_reach_the_unit_as_kr8_toml_has_them_and_haproxy_takes_its_configuration(
    tool: Place, tmp_path: Path
) -> None:
    mark, out = tmp_path / "ran", tmp_path / "out"
    out.mkdir()
    make_certificate(out / "shop.pem")
    hostile = RICH.replace("MARK", str(mark))
    folder = write(tmp_path, hostile).root / "infra" / "ansible"
    (folder / "render.yml").write_text(RENDER)
    for name in ("empty", "ansible.cfg"):
        (tmp_path / name).touch()
    argv = ["ansible-playbook", "-i", "inventories/production", "-c", "local", "--limit", "10.0.0.1"]
    argv[0] = str(tool.program(argv[0]))
    env = commands.environment([tool.folder / "bin"], tmp_path)
    python = f"ansible_python_interpreter={tool.program('python')}"
    done = subprocess.run(
        [*argv, "-e", f"out={out}", "-e", python, "render.yml"], cwd=folder, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not mark.exists()
    lines = (out / "web.service").read_text().splitlines()
    web = read(hostile).services["web"]
    (command,) = [line.removeprefix("ExecStart=") for line in lines if line.startswith("ExecStart=")]
    said = tuple(word.replace("$$", "$") for word in words(command))
    assert said == tuple(word.replace("{port}", "8100") for word in web.run)
    given = [words(line.removeprefix("Environment=")) for line in lines if line.startswith('Environment="')]
    assert dict(word.split("=", 1) for (word,) in given) == {"PORT": "8100", **web.env}
    assert (out / "web.secrets").read_text().splitlines()[-1] == r'TOKEN="a\"b\\c\$d\`e\\"'
    assert [line for line in lines if line.startswith("[")] == ["[Unit]", "[Service]", "[Install]"]
    path = PATH.replace("'", QUOTED)
    assert f"uri '{path}' ver" in (out / "balancer.cfg").read_text()
    for name in ("proxy", "balancer", "proxy-tls", "balancer-tls"):
        accepted = subprocess.run(
            [os.environ["KR8_HAPROXY"], "-c", "-f", str(out / f"{name}.cfg")], capture_output=True, text=True
        )
        assert accepted.returncode == 0, accepted.stderr


@pytest.mark.parametrize("name", ["root", "deploy", "www-data"])
def test_a_project_called_like_a_user_of_hosts_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="infrastructure_name_reserved"):
        ansible.generate(read(SMALL.replace('name = "shop"', f'name = "{name}"')))


def test_a_host_that_would_balance_over_itself_is_refused() -> None:
    hosts = 'hosts = ["10.0.0.1"]\n'
    with pytest.raises(Refused, match="infrastructure_host_twice"):
        ansible.generate(read(SMALL.replace(hosts, f'{hosts}proxies = ["10.0.0.1"]\n')))


@pytest.mark.parametrize("more", ["first_port = 8404", "ports = { web = 8405 }", "ports = { web = 8101 }"])
def test_a_port_that_would_be_had_twice_is_refused(more: str) -> None:
    hosts = 'hosts = ["10.0.0.1"]\n'
    with pytest.raises(Refused, match="infrastructure_port_taken"):
        ansible.generate(read(SMALL.replace(hosts, f"{hosts}{more}\n")))


def test_a_limit_below_a_second_is_a_limit() -> None:
    hosts = 'hosts = ["10.0.0.1"]\n'
    text = SMALL.replace('"{port}"]\n', '"{port}"]\nstop_limit = "0s"\nhealth = { ready_limit = "300ms" }\n')
    text = text.replace(hosts, f'{hosts}drain_limit = "0s"\n')
    (said,) = [file.text for file in ansible.generate(read(text)) if file.path.endswith("group_vars/all.yml")]
    limits = {"proxy_drain_seconds: 1", "ready_seconds: 1", "stop_seconds: 0.001"}
    assert limits <= {line.strip() for line in said.splitlines()}


def test_with_a_certificate_the_first_service_has_the_port_of_tls() -> None:
    hosts = 'hosts = ["10.0.0.1"]\n'
    for more, port in (("", 80), ('certificate = "/etc/shop.pem"\n', 443), ("ports = { web = 81 }\n", 81)):
        files = ansible.generate(read(SMALL.replace(hosts, f"{hosts}{more}")))
        (said,) = [file.text for file in files if file.path.endswith("group_vars/all.yml")]
        assert f"proxy_port: {port}\n" in said


def test_a_service_that_is_added_at_the_end_moves_no_port() -> None:
    more = '\n[services.a-first]\nrun = ["a", "{port}"]\n'
    before, after = (
        next(file.text for file in ansible.generate(read(text)) if file.path.endswith("production/group_vars/all.yml"))
        for text in (RICH, RICH + more)
    )
    kept = [line for line in before.splitlines() if "port" in line]
    assert [line for line in after.splitlines() if line in kept] == kept and len(kept) >= 4


@pytest.mark.parametrize("line", ['env = { A = "a\\u0000b" }', 'env = { "A\\u0000" = "b" }'])
def test_what_no_process_can_be_given_is_refused(line: str) -> None:
    with pytest.raises(Refused):
        read(SMALL.replace('run = ["serve", "{port}"]\n', f'run = ["serve", "{{port}}"]\n{line}\n'))


def playbooks(root: Path, **texts: str) -> Sources:
    """Playbooks of somebody, each one task or role; beside them a plugin, and settings that would load it."""
    mark = f"open({str(root / 'ran')!r}, 'w')\n"
    files = {f"{name}.yml": f"---\n- name: Do it\n  hosts: all\n{text}" for name, text in texts.items()}
    files |= {"filter_plugins/own.py": mark, "lookup_plugins/own.py": mark, "ansible.cfg": "[defaults]\nlibrary = .\n"}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Sources(root=root, digests={path: digest(text) for path, text in files.items()})


def test_what_would_run_when_it_is_only_read_is_not_given_to_ansible(tool: Place, tmp_path: Path) -> None:
    imported = "{{ lookup('pipe', 'touch " + str(tmp_path / "ran") + "; echo a.yml') }}"
    task = f'  tasks:\n    - name: Import\n      ansible.builtin.import_tasks: "{imported}"\n'
    checked = check(tool, playbooks(tmp_path, site=task))
    assert checked.state is CheckState.NOT_CHECKED and checked.lasting
    assert "Ansible was not run, for site.yml:6" in checked.why
    assert not (tmp_path / "ran").exists()


def test_plugins_of_the_repository_are_not_loaded_and_what_lacks_something_is_not_said_to_be_wrong(
    tool: Place, tmp_path: Path
) -> None:
    own = "  tasks:\n    - name: Import\n      ansible.builtin.import_tasks: \"{{ 'a' | own }}.yml\"\n"
    broken = "  tasks:\n    - name: Say\n      ansible.builtin.debug:\n        msg: a\n      nosuch: 1\n"
    checked = check(tool, playbooks(tmp_path, own=own, role="  roles:\n    - somebody.docker\n", broken=broken))
    assert not (tmp_path / "ran").exists()
    assert checked.state is CheckState.NOT_CHECKED and "own.yml" in checked.why and "somebody.docker" in checked.why
    wrong = {finding.place: finding for finding in checked.findings if finding.rule == "ansible/syntax"}
    assert set(wrong) == {"broken.yml:5"}
