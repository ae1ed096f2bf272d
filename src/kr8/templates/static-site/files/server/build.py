"""Build the site: python3 -m server.build PUBLIC DIST

Every file of `assets/` gets a name with its digest in it, and whoever names it is told: so a browser may keep it for
ever, and asks for a new one as soon as it has changed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from pathlib import Path

ASSETS = "assets"
TEXTS = frozenset({".html", ".css", ".js", ".mjs", ".json", ".svg", ".webmanifest", ".xml", ".txt"})


class MissingError(Exception):
    """A page names an asset that is not there."""


def build(public: Path, dist: Path) -> dict[str, str]:
    """Write the site; the new path of each asset, by its old one. Raises MissingError."""
    shutil.rmtree(dist, ignore_errors=True)
    names: dict[str, str] = {}
    # Style sheets and scripts name other assets: what they name comes first.
    files = sorted(path for path in public.rglob("*") if path.is_file())
    assets = [path for path in files if path.relative_to(public).parts[0] == ASSETS]
    for path in sorted(assets, key=lambda path: path.suffix in TEXTS):
        old = f"/{path.relative_to(public)}"
        content = _told(path, names)
        digest = hashlib.sha256(content).hexdigest()[:12]
        names[old] = f"{old.removesuffix(path.suffix)}.{digest}{path.suffix}"
        _write(dist, names[old], content)
    for path in files:
        if path not in assets:
            content = _told(path, names)
            _check(path, content, names)
            _write(dist, f"/{path.relative_to(public)}", content)
    return names


def _told(path: Path, names: dict[str, str]) -> bytes:
    content = path.read_bytes()
    if path.suffix not in TEXTS:
        return content
    # The longest name first: one may be the beginning of another.
    for old in sorted(names, key=len, reverse=True):
        content = content.replace(old.encode(), names[old].encode())
    return content


def _check(path: Path, content: bytes, names: dict[str, str]) -> None:
    if path.suffix != ".html":
        return
    for found in re.findall(rb'(?:href|src)="(/assets/[^"?#]*)', content):
        if found.decode() not in names.values():
            raise MissingError(f"{path} names {found.decode()}, which is not there")


def _write(dist: Path, name: str, content: bytes) -> None:
    path = dist / name.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    try:
        build(Path(sys.argv[1]), Path(sys.argv[2]))
    except MissingError as error:
        sys.exit(str(error))
