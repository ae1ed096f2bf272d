"""Terraform, Ansible, checkov and the schemas of Kubernetes read the copy that they are given, and no other file."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from pathlib import Path

import pytest

from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.terraform.run import Look, Run
from kr8.drivers.toolbox.kept_in import kept_in
from kr8.drivers.toolbox.places import places

TOOLS = places(Path(os.environ["KR8_TOOLS"]))
PROCESSES = Processes(os.environ)
READS = "import sys; print(open(sys.argv[1]).read())"
WRITES = "import sys; open(sys.argv[1], 'w').close()"
CONNECTS = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2)"


@pytest.mark.parametrize("given", ["inside", "outside"])
def test_terraform_evaluates_no_file_outside_of_the_copy(tmp_path: Path, given: str) -> None:
    """The guard refuses such configuration before; this holds where it did not see it."""
    program = shutil.which("tofu") or shutil.which("terraform")
    assert program is not None
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "inside").write_text("{}")
    (tmp_path / "outside").write_text("{}")
    path = tmp_path / ("copy/inside" if given == "inside" else "outside")
    (tmp_path / "copy" / "main.tf").write_text(f'output "x" {{\n  value = jsondecode(file("{path}"))\n}}\n')
    seen = asyncio.run(Run(PROCESSES, program, tmp_path / "copy").validate("", Look({}, {})))
    assert not seen.gaps
    assert bool(seen.findings) is (given == "outside"), seen.findings


@pytest.mark.parametrize("name", ["ansible-lint", "checkov", "kubernetes-validate"])
def test_a_tool_in_python_reads_and_writes_nothing_else_and_reaches_nobody(tmp_path: Path, name: str) -> None:
    tool = TOOLS[name]
    for folder in ("copy", "scratch", "outside"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").write_text("content")

    def done(program: str, given: object, *, free: bool = False) -> bool:
        argv = (str(tool.program("python")), "-P", "-c", program, str(given))
        command = Command(argv=argv, cwd=tmp_path / "scratch", limit_seconds=30)
        kept = command if free else kept_in(command, [tool], tmp_path / "scratch", tmp_path / "copy")
        return asyncio.run(PROCESSES.run(kept)).ok()

    assert done(READS, tmp_path / "copy" / "file")
    assert not done(READS, tmp_path / "outside" / "file")
    assert done(WRITES, tmp_path / "scratch" / "new")
    assert not done(WRITES, tmp_path / "copy" / "new")
    assert not done(WRITES, tmp_path / "outside" / "new")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not done(CONNECTS, port)
        assert done(CONNECTS, port, free=True)
