"""Where things are."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".cache"
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"
TOOLS = ROOT / "src" / "kr8" / "drivers" / "toolbox"
EMULATOR = ROOT / "tests" / "emulator"
CONFORMANCE = ROOT / "tests" / "conformance"
SETTINGS = LOCAL / "setup.env"
STAMP = LOCAL / "setup.stamp"


def is_root() -> bool:
    """Whether apt may install."""
    return os.geteuid() == 0


def cache() -> Path:
    """This user's cache: outside the checkout, so that clones share it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kr8"


def open_cache() -> Path:
    """A cache that other users can read: root's own home is closed to the user that runs PostgreSQL."""
    return Path("/var/cache/kr8") if is_root() else cache()
