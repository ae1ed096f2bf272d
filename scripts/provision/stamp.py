"""What was set up, and from which inputs: the same inputs need no second set-up."""

import hashlib
import json
import sys
import tomllib
from pathlib import Path

from .checkers import has_go
from .places import CONFORMANCE, EMULATOR, REQUIREMENTS, ROOT, SETTINGS, STAMP, TOOLS, VENV
from .shell import write_atomically


def inputs() -> str:
    """A digest of everything that set-up reads; tool settings in pyproject.toml are not among it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    # An environment's Python, .venv's too, is the one that it was made of.
    python = Path(sys._base_executable).resolve()
    digest = hashlib.sha256(f"{sys.version}\0{python}\0{ROOT}\0{has_go()}\0".encode())
    digest.update(json.dumps([project["project"], project["build-system"]], sort_keys=True).encode())
    code = Path(__file__).parent.glob("*.py")
    programs = (path for module in TOOLS.glob("*/go.mod") for path in module.parent.iterdir())
    tools = (*TOOLS.glob("*.txt"), *EMULATOR.glob("*.txt"), *programs)
    for path in sorted([*REQUIREMENTS.glob("*.txt"), *tools, *code, CONFORMANCE / "package-lock.json"]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def read() -> dict[str, object]:
    """The last set-up of this checkout, or nothing."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def holds(stamp: dict[str, object], wanted: dict[str, object]) -> bool:
    """Whether that set-up is what is wanted now and is still there."""
    covers = stamp.get("test") or not wanted["test"]
    same = stamp.get("inputs") == wanted["inputs"] and stamp.get("unpacked") == wanted["unpacked"]
    present = (VENV / "bin" / "python").exists() and SETTINGS.exists()
    paths = stamp.get("paths")
    return bool(covers and same and present and isinstance(paths, list) and all(Path(path).exists() for path in paths))


def write(stamp: dict[str, object]) -> None:
    """Note what was set up."""
    write_atomically(STAMP, json.dumps(stamp) + "\n")
