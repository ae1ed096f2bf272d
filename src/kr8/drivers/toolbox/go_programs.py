"""Tools that are Go programs: built by the machine's own Go, from modules that go.sum has the hashes of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from kr8.drivers.toolbox.place import Commands, Place

GO = "go"


def places(root: Path, sources: Path) -> Iterator[Place]:
    """A tool for each folder with a go.mod; its file `version` has its version."""
    for module in sources.glob("*/go.mod"):
        source = module.parent
        digest = hashlib.sha256()
        for path in sorted(path for path in source.iterdir() if path.is_file()):
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        named = re.search(r"^module (\S+)", module.read_text(), re.MULTILINE)
        keystone = named[1].rpartition("/")[2] if named else source.name
        version = (source / "version").read_text().strip()
        folder = root / source.name / digest.hexdigest()[:12]
        yield Place(source.name, version, source, folder, keystone, _commands)


def _commands(source: Path, folder: Path) -> Commands:
    build = (GO, "build", "-C", str(source), "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w")
    return ((*build, "-o", f"{folder}/bin/", "."),)
