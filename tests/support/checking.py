"""A checker asked about a folder, without a daemon."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path

from kr8.domain.infrastructure_check import Checked, Part
from kr8.domain.problem import Refused
from kr8.drivers.guard.driver import CodeGuard
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.ports.checkers import Checker, Sources


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder."""
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def sources_of(root: Path) -> Sources:
    """The files of a folder as a validation gives them to the checkers, the guard's findings with them."""
    files = sorted(file for file in root.rglob("*") if file.is_file() and not file.is_symlink())
    digests = {str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    sources = Sources(root=root, digests=digests)
    if "kr8.toml" in digests:
        try:
            project = TomlProjectFiles().read((root / "kr8.toml").read_bytes())
        except Refused:
            project = None
        sources = sources.model_copy(update={"project": project})

    async def guarded() -> Sources:
        guard = CodeGuard()
        return sources.model_copy(update={"runs_code": await guard.found(sources, await guard.concerned(sources))})

    return asyncio.run(guarded())


def checked(checker: Checker, root: Path, *parts: Part) -> Checked:
    """What a checker says of a folder; about all parts where none is named."""
    sources = sources_of(root)

    async def both() -> Checked:
        return await checker.check(sources, await checker.concerned(sources, frozenset(parts or Part)))

    return asyncio.run(both())
