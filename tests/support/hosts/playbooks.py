"""The playbooks of a project, run by the real Ansible as somebody would who has the checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from tests.support.hosts.host import ssh_options
from tests.support.hosts.namespaces import LIMIT_S, Namespaces

from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.toolbox.place import Place
from kr8.drivers.toolbox.places import places
from kr8.generators import ansible

ENVIRONMENT = "production"
BATCH = "service : Make the user that services run as"
"""The task that a deployment begins with on each batch of hosts."""
NOTHING: Mapping[str, object] = {}


@dataclass(frozen=True)
class Run:
    """A playbook that was run."""

    code: int
    text: str

    def must_succeed(self) -> Run:
        """Itself, where it has."""
        assert self.code == 0, self.text
        return self

    @property
    def changed(self) -> dict[str, int]:
        """How many tasks changed something, by host; a host that it did not come to is not among them."""
        lines = self.text.partition("PLAY RECAP")[2].splitlines()
        found = (re.match(r"(\S+) +: .*changed=(\d+)", line) for line in lines)
        return {each[1]: int(each[2]) for each in found if each}

    def times(self, task: str) -> int:
        """How many times a task was begun: once for as many hosts as are taken at a time."""
        return self.text.count(f"TASK [{task}]")


@dataclass(frozen=True)
class Begun:
    """A playbook that runs."""

    inside: Namespaces
    process: subprocess.Popen[bytes]
    noted: Path
    said: Path

    def cut_off(self) -> None:
        """End it as a machine does that loses its power: it tidies nothing up."""
        self.inside.run("kill", "-KILL", self.noted.read_text().strip())
        self.process.wait()

    def ended(self) -> Run:
        """How it ended by itself."""
        return Run(self.process.wait(LIMIT_S), self.said.read_text())


@dataclass(frozen=True)
class Playbooks:
    """`infra/ansible` of a checkout, and who runs it."""

    inside: Namespaces
    home: Path
    key: Path

    @property
    def folder(self) -> Path:
        """Where the playbooks lie."""
        return self.home / "infra" / "ansible"

    def generate(self, text: str) -> None:
        """Write what is generated of a kr8.toml; nothing of it is changed."""
        for file in ansible.generate(TomlProjectFiles().read(text.encode())):
            path = self.home / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text)

    def run(self, playbook: str, limit: str = "all", variables: Mapping[str, object] = NOTHING) -> Run:
        """How a playbook ended, run on some hosts."""
        done = self.inside.tried(*self._argv(playbook, limit, variables), folder=self.folder, env=self._env)
        return Run(done.returncode, done.stdout + done.stderr)

    def begin(self, playbook: str, limit: str = "all", variables: Mapping[str, object] = NOTHING) -> Begun:
        """A playbook that runs on, until it ends or is cut off."""
        noted, said = self.home / "begun.pid", self.home / "begun.log"
        noted.unlink(missing_ok=True)
        start = ("env", "-C", self.folder, "sh", "-c", 'echo $$ > "$0"; exec "$@"', noted)
        with said.open("wb") as log:
            process = subprocess.Popen(
                self.inside.command(*start, *self._argv(playbook, limit, variables)),
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return Begun(self.inside, process, noted, said)

    def _argv(self, playbook: str, limit: str, variables: Mapping[str, object]) -> tuple[str | Path, ...]:
        trusted = " ".join(ssh_options(self.key.with_name("known")))
        given = {**variables, "ansible_private_key_file": str(self.key), "ansible_ssh_common_args": trusted}
        words = ("--limit", limit, "-e", json.dumps(given))
        return (self._tool.program("ansible-playbook"), "-i", f"inventories/{ENVIRONMENT}", playbook, *words)

    @property
    def _tool(self) -> Place:
        return places(Path(os.environ["KR8_TOOLS"]))["ansible-lint"]

    @property
    def _env(self) -> dict[str, str]:
        path = os.pathsep.join((str(self._tool.folder / "bin"), "/usr/sbin", os.defpath))
        env = {"PATH": path, "HOME": str(self.home), "LC_ALL": "C.UTF-8", "ANSIBLE_HOME": str(self.home / "a")}
        return env | {"ANSIBLE_NOCOLOR": "1", "USER": "ann"}


def archive(file: Path, files: dict[str, str]) -> Path:
    """A version of a project, as `service_artifact` has it."""
    with tarfile.open(file, "w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, BytesIO(text.encode()))
    return file
