"""A project's own tests run where builds do: its folder, its limits, its rights; and nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.repositories import FakeRepositories

from kr8.domain.project import Service
from kr8.domain.redact import MASK, Redactor
from kr8.drivers.build.sandbox import Sandbox
from kr8.drivers.build.trials import SECONDS, seconds_left, try_out
from kr8.drivers.process.driver import Processes
from kr8.ports.builder import Trial, Tried
from kr8.sandbox import landlock

REPOSITORY = Path("/repository")
SECRET = "canary-0123456789abcdefghijklmnopqrstuvwxy"
SHELL = ("sh", "-c")


def tried(
    home: Path,
    *tests: str,
    build: str | None = None,
    limit: float = 60,
    path: str = "api",
    disk_limit: int = 1 << 30,
    kernel: Callable[[], int] = landlock.version,
    variables: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> Tried:
    repositories = FakeRepositories()
    inherited = {"PATH": os.environ["PATH"], "AWS_SECRET_ACCESS_KEY": "leak", **(variables or {})}
    mask = Redactor([SECRET]).piece
    sandbox = Sandbox(home, Processes(inherited), inherited, mask, disk_limit, kernel)

    async def scenario() -> Tried:
        commit = repositories.put(REPOSITORY, {"kr8.toml": b"", "api/file": b"content"})
        tree = await repositories.tree(REPOSITORY, commit.id, ".")
        spec = Service(run=("run",), path=path, build=build, build_limit=timedelta(seconds=limit))
        trial = Trial(repository=REPOSITORY, tree=tree, services={"api": spec}, tests=tests)
        return await try_out(trial, home / "builds", repositories, sandbox, seconds)

    said = asyncio.run(scenario())
    builds = home / "builds"
    assert not builds.exists() or [each.name for each in builds.iterdir()] == [".locks"], "something is left"
    return said


def test_tests_run_in_the_projects_folder_once_its_services_are_built_in_theirs(tmp_path: Path) -> None:
    test = (*SHELL, "test -f kr8.toml && cat api/made && test -f ./api/tool && ./api/tool; false")
    made = "cat file > made; printf '#!/bin/sh\\necho from its folder\\n' > tool; chmod +x tool"
    said = tried(tmp_path, *test, build=made)
    assert (said.state, said.output) == ("failed", ("contentfrom its folder",))
    assert tried(tmp_path, "./api/tool", build=made).state == "passed", "a program is named from the project's folder"


def test_they_see_what_builds_see(tmp_path: Path) -> None:
    said = tried(tmp_path, *SHELL, "env; false")
    assert "CI=1" in said.output and "leak" not in "".join(said.output)


def test_they_reach_nothing_of_the_home_of_kr8(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "identity.age").write_text("secret")
    read = tried(tmp_path, "cat", str(tmp_path / "keys" / "identity.age"))
    written = tried(tmp_path, "touch", str(tmp_path / "planted"))
    assert (read.state, written.state) == ("failed", "failed")
    assert "secret" not in "".join(read.output) and not (tmp_path / "planted").exists()


FOLDERS = ("HOME", "UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache", "GOMODCACHE", "GOCACHE", "TMPDIR")


def test_they_write_what_builds_write_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    operators = tmp_path / "operators"
    written = " && ".join(f'echo x > "${name}/.npmrc"' for name in FOLDERS)
    said = tried(
        tmp_path, *SHELL, f"cat $HOME/.npmrc && {written}", build=written, variables={"UV_CACHE_DIR": str(operators)}
    )
    assert said.state == "passed", said
    assert sorted(tmp_path.rglob(".npmrc")) == []


@pytest.mark.parametrize("folder", ["/var/tmp", "/dev/shm"])
def test_they_leave_nothing_in_the_folders_of_all(tmp_path: Path, folder: str) -> None:
    left = Path(folder, f"{tmp_path.parent.name}-{os.getpid()}-left")
    said = tried(tmp_path, "touch", str(left), build="echo 1 > /dev/null && echo 2 > /dev/stderr")
    assert said.why.startswith("Its tests") and "Permission denied" in said.output[0] and not left.exists()


def test_folders_that_they_closed_are_removed(tmp_path: Path) -> None:
    assert tried(tmp_path, *SHELL, "mkdir -p ~/a/b && chmod 0 ~/a/b ~/a").state == "passed"


OPERATORS = (".aws/credentials", ".ssh/id_ed25519", "code/notes", ".local/share/keyrings/login.keyring")


@pytest.mark.parametrize("name", OPERATORS)
def test_what_the_operator_has_is_closed_to_them(tmp_path: Path, name: str) -> None:
    operators = tmp_path / "operators"
    (operators / name).parent.mkdir(parents=True)
    (operators / name).write_text("aws_secret_access_key = dummy")
    variables = {"HOME": str(operators), "PATH": f"{operators}/.local/bin:{operators}:{os.environ['PATH']}"}
    said = tried(tmp_path / "home", "cat", str(operators / name), variables=variables)
    assert said.state == "failed" and "Permission denied" in said.output[-1]
    assert "dummy" not in said.model_dump_json()


def test_settings_of_packages_and_programs_are_read(tmp_path: Path) -> None:
    operators = tmp_path / "operators"
    for name in (".npmrc", "ca.pem", "bin/tool"):
        (operators / name).parent.mkdir(parents=True, exist_ok=True)
        (operators / name).write_text("#!/bin/sh\necho tool\n")
    (operators / "bin" / "tool").chmod(0o755)
    variables = {"HOME": str(operators), "PATH": f"{operators}/bin:{os.environ['PATH']}"}
    variables |= {"SSL_CERT_FILE": str(operators / "ca.pem")}
    said = tried(tmp_path / "home", *SHELL, 'cat ~/.npmrc "$SSL_CERT_FILE" && tool', variables=variables)
    assert said.state == "passed", said


def test_toolchains_of_the_operator_are_read_and_not_written(tmp_path: Path) -> None:
    toolchain = tmp_path / "operators" / ".rustup"
    toolchain.mkdir(parents=True)
    (toolchain / "settings.toml").write_text("stable")
    test = 'cat "$RUSTUP_HOME/settings.toml"; echo x > "$RUSTUP_HOME/settings.toml"'
    said = tried(tmp_path / "home", *SHELL, test, variables={"HOME": str(tmp_path / "operators")})
    assert said.output[0].startswith("stable") and "Permission denied" in "".join(said.output)
    assert (toolchain / "settings.toml").read_text() == "stable"


def test_a_link_in_their_home_leads_nothing_of_kr8_elsewhere(tmp_path: Path) -> None:
    operators, elsewhere = tmp_path / "operators", tmp_path / "elsewhere"
    (operators / ".config" / "uv").mkdir(parents=True)
    (operators / ".config" / "uv" / "uv.toml").write_text("")
    elsewhere.mkdir()
    build = f"rm -r ~/.config && ln -s {elsewhere} ~/.config"
    assert tried(tmp_path, "true", build=build, variables={"HOME": str(operators)}).state == "passed"
    assert list(elsewhere.iterdir()) == []


def test_without_a_sandbox_nothing_is_run(tmp_path: Path) -> None:
    said = tried(tmp_path, "touch", str(tmp_path / "run"), build=f"touch {tmp_path}/built", kernel=lambda: 0)
    assert said.state == "not_run" and "Landlock" in said.why
    assert not (tmp_path / "run").exists() and not (tmp_path / "built").exists()


def test_too_long_tests_are_stopped(tmp_path: Path) -> None:
    said = tried(tmp_path, *SHELL, "echo begun; sleep 60", limit=0.4)
    assert (said.state, said.why, said.output) == ("failed", "Its tests: it met its time limit.", ("begun",))


def test_too_large_ones_are_stopped(tmp_path: Path) -> None:
    said = tried(tmp_path, *SHELL, "head -c 5000000 /dev/zero > big; sleep 60", disk_limit=1_000_000)
    assert said.why == "Its tests: it met its disk limit."


def test_what_they_download_counts(tmp_path: Path) -> None:
    said = tried(tmp_path, *SHELL, 'head -c 5000000 /dev/zero > "$GOMODCACHE/big"; sleep 60', disk_limit=1_000_000)
    assert said.why == "Its tests: it met its disk limit."


def test_a_process_of_theirs_has_so_much_memory(tmp_path: Path) -> None:
    takes = "import sys; x = bytearray(int(sys.argv[1]) << 20)"
    assert tried(tmp_path, sys.executable, "-S", "-c", takes, "100").state == "passed"
    said = tried(tmp_path, sys.executable, "-S", "-c", takes, "4200")
    assert said.output[-1] == "MemoryError"


def test_the_time_is_for_all_of_them(tmp_path: Path) -> None:
    assert seconds_left(60, ends=700, now=100) == 60
    assert seconds_left(900, ends=700, now=100) == 600
    assert 0 < seconds_left(60, ends=700, now=701) < 1
    said = tried(tmp_path, "true", build="echo begun; sleep 600", limit=600, seconds=0.5)
    assert (said.why, said.output) == ("The build of api: it met its time limit.", ("begun",))


def test_a_secret_that_they_print_is_masked(tmp_path: Path) -> None:
    said = tried(tmp_path, *SHELL, f"echo {SECRET}; false")
    assert MASK in said.output[-1] and SECRET not in "".join(said.output)


def test_a_program_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    assert tried(tmp_path, "no-such-program").why == "Its tests: it ended with exit code 127."


def test_a_service_without_a_folder_is_a_failure(tmp_path: Path) -> None:
    assert tried(tmp_path, "true", path="web").why == "The path of api is no folder."
