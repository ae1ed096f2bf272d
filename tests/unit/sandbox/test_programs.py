"""To run the programs of PATH their installations are read, and nothing that a user keeps beside them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kr8.sandbox.programs import installed


def made(home: Path, *files: str) -> None:
    for name in files:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x")


def reads(folder: Path, path: Path) -> bool:
    """Whether a path is read where the folder is in PATH."""
    found = list(installed(f"{folder}{os.pathsep}relative"))
    return any(path == Path(each) or path.is_relative_to(each) for each in found)


@pytest.mark.parametrize(
    ("folder", "needed"),
    [
        (".nvm/versions/node/v20/bin", ".nvm/versions/node/v20/lib/node_modules/npm/cli.js"),
        (".pyenv/shims", ".pyenv/libexec/pyenv"),
        ("miniconda3/bin", "miniconda3/lib/libssl.so"),
        (".local/bin", ".local/bin/tool"),
        ("bin", "bin/tool"),
    ],
)
def test_an_installation_is_read(tmp_path: Path, folder: str, needed: str) -> None:
    made(tmp_path, f"{folder}/tool", needed)
    assert reads(tmp_path / folder, tmp_path / needed)


@pytest.mark.parametrize(
    ("folder", "kept"),
    [
        (".local/bin", ".local/share/keyrings/login.keyring"),
        (".cargo/bin", ".cargo/credentials.toml"),
        (".docker/bin", ".docker/config.json"),
        ("tools", ".ssh/id_ed25519"),
    ],
)
def test_what_a_user_keeps_beside_programs_is_not(tmp_path: Path, folder: str, kept: str) -> None:
    made(tmp_path, f"{folder}/tool", kept)
    assert not reads(tmp_path / folder, tmp_path / kept)


def test_a_link_leads_to_what_is_read_too(tmp_path: Path) -> None:
    python, script = ".local/share/uv/python/cpython-3.12/bin/python3.12", "code/tools/deploy.sh"
    made(tmp_path, python, script, ".local/share/uv/python/cpython-3.12/lib/os.py", "code/tools/password")
    folder = tmp_path / ".local" / "bin"
    folder.mkdir()
    (folder / "python3").symlink_to(tmp_path / python)
    (folder / "deploy").symlink_to(tmp_path / script)
    (folder / "all").symlink_to(tmp_path / "code")
    assert reads(folder, tmp_path / ".local/share/uv/python/cpython-3.12/lib/os.py")
    assert reads(folder, tmp_path / script) and not reads(folder, tmp_path / "code/tools/password")


def test_an_environment_of_python_is_one(tmp_path: Path) -> None:
    made(tmp_path, ".venv/bin/tool", ".venv/lib/site.py")
    assert not reads(tmp_path / ".venv" / "bin", tmp_path / ".venv/lib/site.py")
    made(tmp_path, ".venv/pyvenv.cfg")
    assert reads(tmp_path / ".venv" / "bin", tmp_path / ".venv/lib/site.py")
