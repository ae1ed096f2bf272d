"""A template that is not kr8's own cannot keep kr8 busy, nor eat its memory."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from kr8.domain.problem import Refused
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import Processes
from kr8.drivers.process.output import OnLine
from kr8.drivers.templates.allowed import allowed, asked
from kr8.drivers.templates.drafts import FolderDrafts
from kr8.drivers.templates.driver import FolderTemplates
from kr8.drivers.templates.needs import unmet
from kr8.drivers.templates.renderer import AT_ONCE, WAITING
from kr8.ports.templates import Rendering

TOML = """\
name = "mine"
version = "1.0.0"
kind = "project"
description = "Hostile."
[[parameters]]
name = "name"
type = "string"
description = "Its name."
"""


def met(home: Path, text: str, toml: str = TOML, name: str = "shop", seconds: float = 2) -> tuple[str, str]:
    """The code of a rendering that is refused, and what it says was met."""
    files = home / "templates" / "mine" / "files"
    files.mkdir(parents=True)
    (files / "out.jinja").write_text(text)
    (files.parent / "template.toml").write_text(toml)
    templates = FolderTemplates(home, Processes(os.environ), limit_seconds=seconds)
    with pytest.raises(Refused) as caught:
        asyncio.run(templates.render("mine", {"name": name}))
    return caught.value.problem.code, caught.value.problem.output[0]


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "time limit"),
        ("{{ 'x' * 1000000000 }}", "memory limit"),
        ("{{ 'x' * 10000000000 }}", "memory limit"),
        (
            "{% set x = namespace(s='xxxxxxxx') %}{% for i in range(60) %}{% set x.s = x.s ~ x.s %}{% endfor %}",
            "memory limit",
        ),
        ("{{ 9 ** 999999999 }}", "time limit"),
        ("{{ 'x' * 30000000 }}", "16,777,216 bytes"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "depth limit"),
        ("{% for i in range(100000000) %}{% endfor %}", "a range of more than 100,000 steps"),
    ],
)
def test_an_expression_without_end_meets_a_limit_that_is_named(tmp_path: Path, text: str, limit: str) -> None:
    code, said = met(tmp_path, text, seconds=2 if limit == "time limit" else 60)
    assert code == "template_limit" and limit in said


@pytest.mark.parametrize("when", ["range(99999) | map('string') | join('x') * 99999", "1 == 9 ** 999999999"])
def test_a_condition_without_end_meets_a_limit(tmp_path: Path, when: str) -> None:
    toml = TOML + f"[[files]]\npath = 'out.jinja'\nwhen = {when!r}\n"
    assert met(tmp_path, "x", toml)[0] == "template_limit"


def test_a_pattern_without_end_meets_a_limit(tmp_path: Path) -> None:
    code, said = met(tmp_path, "x", TOML + "pattern = '(a+)+b'\n", "a" * 60)
    assert code == "template_limit" and "time limit" in said


class Counted(Processes):
    """Processes, and how many of them were running at a time."""

    running, most = 0, 0

    async def run(self, command: Command, on_line: OnLine | None = None) -> Ended:
        """One of them."""
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await super().run(command, on_line)
        finally:
            self.running -= 1


def test_many_at_once_wait_for_their_turn_and_more_are_refused(tmp_path: Path) -> None:
    files = tmp_path / "templates" / "mine" / "files"
    files.mkdir(parents=True)
    (files / "out.jinja").write_text("{{ name }}")
    (files.parent / "template.toml").write_text(TOML)

    async def story(processes: Counted) -> list[Rendering | BaseException]:
        templates = FolderTemplates(tmp_path, processes)
        calls = (templates.render("mine", {"name": "shop"}) for _ in range(WAITING + 3))
        return await asyncio.gather(*calls, return_exceptions=True)

    processes = Counted(os.environ)
    results = asyncio.run(story(processes))
    refused = [each.problem for each in results if isinstance(each, Refused)]
    assert processes.most == AT_ONCE and sum(isinstance(each, Rendering) for each in results) == WAITING
    assert [(each.code, each.retryable) for each in refused] == [("too_many_renderings", True)] * 3


def test_drafts_wait_for_their_turn_with_templates(tmp_path: Path) -> None:
    files = tmp_path / "templates" / "mine" / "files"
    files.mkdir(parents=True)
    (files / "out.jinja").write_text("{{ name }}")
    (files.parent / "template.toml").write_text(TOML)

    async def story(processes: Counted) -> None:
        templates = FolderTemplates(tmp_path, processes)
        drafts = FolderDrafts(tmp_path, templates)
        draft = await drafts.read(files.parent)
        values = {"name": "shop"}
        calls = [templates.render("mine", values) for _ in range(4)]
        calls += [drafts.render("mine", draft, values) for _ in range(4)]
        await asyncio.gather(*calls)

    processes = Counted(os.environ)
    asyncio.run(story(processes))
    assert processes.most == AT_ONCE


@pytest.mark.parametrize("name", ["..", ".git/hooks", "a/../../b"])
def test_a_path_that_would_leave_is_refused_in_the_child_too(tmp_path: Path, name: str) -> None:
    files = tmp_path / "templates" / "mine" / "files"
    files.mkdir(parents=True)
    (files / "{{ name }}").write_text("")
    (files.parent / "template.toml").write_text(TOML)
    with pytest.raises(Refused) as caught:
        asyncio.run(FolderTemplates(tmp_path, Processes(os.environ)).render("mine", {"name": name}))
    assert caught.value.problem.code == "path_outside"


@pytest.mark.skipif(allowed() is None, reason="the kernel has no Landlock")
def test_whatever_got_out_of_the_engine_could_read_python_and_write_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    tries = f"""
import json, sys
def tried(path, mode):
    try:
        open(path, mode).close()
        return "done"
    except OSError as error:
        return type(error).__name__
paths = [({str(tmp_path / "mine")!r}, "r"), ("/etc/passwd", "r"), ("/proc/self/environ", "r"), ("/tmp/kr8-never", "w")]
print(json.dumps([tried(*each) for each in paths] + [tried(json.__file__, "r")]))
"""
    command = Command(argv=(sys.executable, "-I", "-c", tries), cwd=Path("/"), allowed=allowed())
    ended = asyncio.run(Processes(os.environ).run(command))
    assert json.loads(ended.stdout) == [*["PermissionError"] * 4, "done"], ended


@pytest.mark.skipif(asked("/tmp") is None, reason="the kernel has no Landlock")
def test_a_program_that_is_asked_for_its_version_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/wipe"
    program.write_text(f"#!/bin/sh\nrm -f {tmp_path}/mine; echo gone > {tmp_path}/new; echo 1.2 2>/dev/null\n")
    program.chmod(0o755)
    (tmp_path / "mine").touch()
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    assert asyncio.run(unmet(["wipe >= 1"], path, Processes(os.environ))) == ()
    assert (tmp_path / "mine").exists() and not (tmp_path / "new").exists()


def test_a_program_that_unpacks_itself_tells_its_version(tmp_path: Path) -> None:
    program = tmp_path / "packed"
    program.write_text('#!/bin/sh -e\nhere=$(mktemp)\necho "echo 8.5" > "$here"\nchmod +x "$here"\nexec "$here"\n')
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    assert asyncio.run(unmet(["packed >= 8"], path, Processes(os.environ))) == ()
