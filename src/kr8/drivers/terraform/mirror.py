"""Finds the providers that are on this machine: kr8 downloads none."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

HOSTS = ("registry.terraform.io", "registry.opentofu.org")
SHARED = (Path("/opt"), Path("/usr/share"), Path("/usr/local/share"))
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
_FOLDERS = re.compile(r'^[ \t]*(?:path|plugin_cache_dir)\s*=\s*"([^"]+)"', re.MULTILINE)

Providers = Mapping[str, Mapping[str, Path]]
"""namespace/name → version → the folder with its program, or the archive that has it."""


def find(environ: Mapping[str, str], given: str | None = None) -> Providers:
    """The providers of the folder given, else of every folder that Terraform would look in, and of those shared here.

    A folder is laid out as a plugin cache is, HOST/NAMESPACE/NAME/VERSION/PLATFORM, or has the archives of
    `terraform providers mirror` in HOST/NAMESPACE/NAME. Of both, what is not packed is taken.
    """
    found: dict[str, dict[str, Path]] = {}
    for folder in [Path(given)] if given else folders(environ):
        for name, version, binary in (*_unpacked(folder), *_packed(folder)):
            found.setdefault(name, {}).setdefault(version, binary)
    return found


def folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """Every folder that providers are looked for in: those that Terraform would look in, and those shared here."""
    home = Path(environ.get("HOME") or "/")
    settings = [home / ".terraformrc", home / ".tofurc"]
    if own := environ.get("TF_CLI_CONFIG_FILE"):
        settings.insert(0, Path(own))
    for file in settings:
        yield from (Path(os.path.expandvars(text)).expanduser() for text in _FOLDERS.findall(_text(file)))
    if cache := environ.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(cache)
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    yield from (home / ".terraform.d" / "plugins", data / "terraform" / "plugins")
    for top in SHARED:
        yield from _shallow(top)


def _shallow(top: Path) -> Iterator[Path]:
    """Folders directly below that hold providers."""
    yield from (path for path in _glob(top, "*") if any((path / host).is_dir() for host in HOSTS))


def _unpacked(folder: Path) -> Iterator[tuple[str, str, Path]]:
    for host in HOSTS:
        for place in _glob(folder, f"{host}/*/*/*/{_target()}"):
            namespace, name, version = place.parts[-4:-1]
            yield f"{namespace}/{name}", version, place


def _packed(folder: Path) -> Iterator[tuple[str, str, Path]]:
    for host in HOSTS:
        for archive in _glob(folder, f"{host}/*/*/terraform-provider-*_{_target()}.zip"):
            namespace, name = archive.parts[-3:-1]
            version = archive.name.removeprefix(f"terraform-provider-{name}_").removesuffix(f"_{_target()}.zip")
            yield f"{namespace}/{name}", version, archive


def _target() -> str:
    return f"linux_{_MACHINES.get(platform.machine(), platform.machine())}"


def _glob(folder: Path, pattern: str) -> Iterable[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return ()


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
