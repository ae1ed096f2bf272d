"""A build reads the system and writes what is its own; kr8's home is closed to it (ADR 0039)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from tests.fakes.repositories import FakeRepositories
from tests.support import probe
from tests.unit.drivers.build.test_building_a_commit import builder, built, order, refused

import kr8
from kr8.drivers.build.allowed import NOT_KEPT_IN, allowed, allowed_alone
from kr8.drivers.build.environment import environment
from kr8.drivers.build.places import Place
from kr8.sandbox import landlock
from kr8.sandbox.landlock import READ, WRITE
from kr8.sandbox.places import STREAMS

PROBE = f"{sys.executable} -S {probe.__file__}"


def test_a_build_gets_at_nothing_of_the_home_and_at_no_process(tmp_path: Path) -> None:
    probe.furnish(tmp_path)
    files = built(tmp_path, f"{PROBE} {tmp_path} {os.getpid()} > got")
    assert json.loads((files / "got").read_text()) == []


def test_a_build_cannot_write_its_own_record(tmp_path: Path) -> None:
    problem = refused(tmp_path, "echo '{}' > ../.complete.json")
    assert "Permission denied" in problem.output[-1]


def test_a_build_reads_the_system_and_does_not_write_it(tmp_path: Path) -> None:
    code = Path(kr8.__file__).parent
    problem = refused(tmp_path, f"cat /etc/passwd > passwd && ls /usr > usr && cat {code}/main.py && echo > {code}/x")
    assert "Permission denied" in problem.output[-1]
    assert not (code / "x").exists()
    place = Place(tmp_path / "builds", "bld_0000000000000000")
    rules = allowed(tmp_path, place, environment({}, place, *[tmp_path] * 3))
    assert not [path for path, right in rules.items() if right & WRITE & ~READ and path.startswith(("/etc", "/usr"))]


def test_a_trial_writes_its_own_and_no_file_of_anybody_else(tmp_path: Path) -> None:
    place = Place(tmp_path / "builds", "bld_0000000000000000")
    env = environment({}, place, place.cache, *[tmp_path] * 2)
    written = {path for path, right in allowed_alone(Path("/nowhere"), place, env, tmp_path).items() if right & ~READ}
    assert {path for path in written if not path.startswith(f"{place.folder}/")} == set(STREAMS)
    assert "/dev/full" in {path for path, right in allowed(Path("/nowhere"), place, env).items() if right & ~READ}


DEVICES = """\
import os, pty
def refused(device, how):
    try: os.close(os.open("/dev/" + device, how | os.O_NONBLOCK))
    except (PermissionError, FileNotFoundError): return True
    return False
open("/dev/null", "w").write("x"); open("/dev/zero").read(1); os.listdir("/dev"); os.listdir("/dev/fd")
with open("/dev/shm/kr8-%d" % os.getpid(), "w") as file: os.unlink(file.name)
for end in pty.openpty(): os.close(end)
others = [each for each in ("kmsg", "loop-control", "loop0", "vda", "sda") for how in (os.O_RDONLY, os.O_WRONLY)
          if not refused(each, how)]
print(others)
"""


def test_a_build_writes_to_plain_devices_and_gets_at_no_other(tmp_path: Path) -> None:
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "devices.py").write_text(DEVICES)
    files = built(tmp_path / "home", f"{sys.executable} -S {beside}/devices.py > others")
    assert (files / "others").read_text() == "[]\n"


def test_a_build_has_its_files_its_caches_and_temporary_files(tmp_path: Path) -> None:
    lines = (
        'echo 1 > "$HOME/a" && mkdir -p "$UV_CACHE_DIR/x" "$PIP_CACHE_DIR/x" "$npm_config_cache/x"',
        'f=$(mktemp) && echo 2 > "$f" && mv "$f" made && mkdir deep && mv made deep/made',
        'ln deep/made linked && ln -s made deep/again && cp linked "$HOME/b" && cp "$HOME/b" kept && rm linked',
        "echo 3 > /dev/null && : < /dev/zero && echo 4 > /dev/stderr",
    )
    files = built(tmp_path, " && ".join(lines))
    assert (files / "deep" / "again").read_text() == "2\n"
    assert (files / "kept").read_text() == "2\n"


def test_the_operators_cache_is_made_and_can_be_written(tmp_path: Path) -> None:
    cache = tmp_path / "operators" / "uv"

    async def scenario() -> None:
        repositories = FakeRepositories()
        made = builder(tmp_path / "home", repositories, variables={"UV_CACHE_DIR": str(cache)})
        await made.build(await order(repositories, 'echo 1 > "$UV_CACHE_DIR/x"'), _say)

    asyncio.run(scenario())
    assert (cache / "x").read_text() == "1\n"


def test_what_a_build_prints_to_is_there_to_be_opened_again(tmp_path: Path) -> None:
    files = built(tmp_path, "echo one > /dev/stdout; echo two > /dev/stderr; cat < /dev/stdin > empty")
    assert (files / "empty").read_text() == ""


def test_where_the_kernel_cannot_the_build_runs_and_says_so(tmp_path: Path) -> None:
    told: list[str] = []

    async def say(line: str) -> None:
        told.append(line)

    async def scenario() -> None:
        repositories = FakeRepositories()
        made = builder(tmp_path, repositories, kernel=lambda: landlock.LEAST - 1)
        await made.build(await order(repositories, "echo built"), say)

    asyncio.run(scenario())
    assert told == [NOT_KEPT_IN, "built"]


async def _say(line: str) -> None:
    """Nobody listens."""
