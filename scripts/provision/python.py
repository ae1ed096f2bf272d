"""The project's environment: uv in an environment of its own, then the locked, hashed dependencies."""

import hashlib
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

from .debian import install, unpack_one
from .places import REQUIREMENTS, ROOT, VENV, cache, is_root
from .shell import SetupError, environment, run, say


def make_environment(*, development: bool, unpacked: bool) -> None:
    """Bring `.venv` to exactly what the lock says, compiled, with kr8 itself editable."""
    uv = find_uv(unpacked=unpacked)
    python = VENV / "bin" / "python"
    env = environment(UV_PYTHON_DOWNLOADS="never", UV_NO_PROGRESS="1", VIRTUAL_ENV=str(VENV))
    if not works(python):
        say("making .venv")
        run([uv, "venv", "--clear", "--python", sys.executable, VENV], env=env)
    lock = REQUIREMENTS / ("dev.txt" if development else "runtime.txt")
    say(f"installing {lock.relative_to(ROOT)}")
    pip: list[str | Path] = [uv, "pip", "--quiet"]
    run([*pip, "sync", "--python", python, "--require-hashes", "--compile-bytecode", lock], env=env)
    build = REQUIREMENTS / "build.txt"
    run([*pip, "install", "--python", python, "--no-deps", "--build-constraints", build, "--editable", ROOT], env=env)


def find_uv(*, unpacked: bool) -> Path:
    """The pinned uv, installed by pip into an environment of its own outside the checkout."""
    lock = REQUIREMENTS / "uv.txt"
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
    home = cache() / "uv" / digest
    uv = home / "bin" / "uv"
    if works(uv):
        return uv
    say("installing uv in an environment of its own")
    shutil.rmtree(home, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        pip = make_venv_with_pip(home, Path(scratch), unpacked=unpacked)
        run([*pip, "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", lock])
    return uv


def make_venv_with_pip(home: Path, scratch: Path, *, unpacked: bool) -> list[str | Path]:
    """Make an environment; returns the command that is its pip. Debian splits ensurepip off its Python."""
    if not importlib.util.find_spec("venv"):
        raise SetupError("this python3 has no venv module: apt-get install python3-venv, and run again")
    if not unpacked and not importlib.util.find_spec("ensurepip") and is_root():
        install("python3-venv")
    importlib.invalidate_caches()
    if importlib.util.find_spec("ensurepip") and not unpacked:
        run([sys.executable, "-m", "venv", home])
        return [home / "bin" / "python", "-m", "pip"]
    run([sys.executable, "-m", "venv", "--without-pip", home])
    unpack_one("python3-pip-whl", scratch)
    wheel = next(scratch.glob("usr/share/python-wheels/pip-*.whl"))
    return [home / "bin" / "python", wheel / "pip"]


def works(binary: Path) -> bool:
    """Whether a binary is there and starts: the Python behind an environment may have gone."""
    try:
        run([binary, "--version"])
    except SetupError:
        return False
    return True
