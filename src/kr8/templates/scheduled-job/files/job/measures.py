"""What a run counted, in a file that node_exporter's textfile collector reads."""

from __future__ import annotations

import time
from pathlib import Path

from job.tidy import Cleared


def write(path: Path, cleared: Cleared, seconds: float, version: str) -> None:
    """Write the file anew, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(text(cleared, seconds, version, time.time()))
    new.replace(path)


def text(cleared: Cleared, seconds: float, version: str, now: float) -> str:
    """All of it, in Prometheus' text form."""
    escaped = version.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    measured = {
        f'app_info{{version="{escaped}"}}': "1",
        "job_last_end_seconds": f"{now:.0f}",
        "job_seconds": f"{seconds:.3f}",
        "job_files_removed": str(cleared.files),
        "job_files_failed": str(len(cleared.failed)),
        "job_bytes_removed": str(cleared.bytes),
    }
    lines = [f"# TYPE {name.partition('{')[0]} gauge\n{name} {value}" for name, value in measured.items()]
    return "\n".join(lines) + "\n"
