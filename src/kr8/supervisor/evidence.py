"""What is kept of a failed instance after it is gone: the newest, a bounded number."""

import contextlib
import json
import shutil
from collections import Counter
from pathlib import Path

from kr8.supervisor.codec import MalformedError, decode, encode
from kr8.supervisor.names import release_of
from kr8.supervisor.observed import Failure

KEPT = 50
OF_A_RELEASE = 10
"""A release that fails again and again, as a job by the minute may, pushes nothing of others out."""
LOGS_KEPT = 100
_NAME = "evidence.json"


def keep(folder: Path, failure: Failure) -> None:
    """Write it; a full disk loses it."""
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = folder / f"{_NAME}.new"
        new.write_text(json.dumps(encode(failure), ensure_ascii=False), errors="replace")
        new.replace(folder / _NAME)


def prune(instances: Path, living: frozenset[str]) -> None:
    """Remove the folders of instances that are gone: without evidence at once, with evidence beyond the newest."""
    gone = [f for f in instances.iterdir() if f.name not in living]
    held = sorted((f for f in gone if (f / _NAME).exists()), key=lambda f: (f / _NAME).stat().st_mtime, reverse=True)
    counted: Counter[str] = Counter()
    newest: list[Path] = []
    for folder in held:
        counted[release_of(folder.name)] += 1
        if counted[release_of(folder.name)] <= OF_A_RELEASE:
            newest.append(folder)
    for folder in {*gone} - {*newest[:KEPT]}:
        shutil.rmtree(folder, ignore_errors=True)


def prune_logs(logs: Path, living: frozenset[str]) -> None:
    """Remove the oldest output files of instances that are gone; a service's folder keeps a bounded number."""
    for folder in logs.iterdir():
        gone = [f for f in folder.glob("*.jsonl*") if f.name.partition(".jsonl")[0] not in living]
        for path in sorted(gone, key=lambda f: f.stat().st_mtime, reverse=True)[LOGS_KEPT:]:
            path.unlink(missing_ok=True)


def kept(instances: Path, service: str, release: str | None = None) -> tuple[Failure, ...]:
    """Failures that were kept, newest first."""
    found: list[Failure] = []
    for path in instances.glob(f"*/{_NAME}"):
        with contextlib.suppress(OSError, ValueError, MalformedError):
            found.append(decode(Failure, json.loads(path.read_text()), "evidence"))
    fitting = (f for f in found if f.service == service and release in (None, f.release))
    return tuple(sorted(fitting, key=lambda f: f.at, reverse=True))
