"""python3 -m job: one run. It ends with 0 where all is done, with 1 where something could not be done.

FOLDER is what is cleared, by default `inbox` in the home directory; KEEP_DAYS says how long a file may stay, by default
30 days; MEASURES is the file for its measures, by default `job.prom` in the home directory.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from job import measures
from job.tidy import tidy

VERSION = os.environ.get("KR8_VERSION", "unknown")


def log(level: str, message: str, **more: object) -> None:
    """One JSON object a line."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    sys.stdout.write(json.dumps({"at": at, "level": level, "message": message, **more}) + "\n")


def main() -> int:
    """One run; its exit code."""
    home = Path.home()
    folder = Path(os.environ.get("FOLDER") or home / "inbox")
    keep_days = float(os.environ.get("KEEP_DAYS", "30"))
    log("info", "begun", version=VERSION, folder=str(folder), keep_days=keep_days)
    begun = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    cleared = tidy(folder, keep_days)
    seconds = time.perf_counter() - begun
    for why in cleared.failed:
        log("error", "not removed", why=why)
    measures.write(Path(os.environ.get("MEASURES") or home / "job.prom"), cleared, seconds, VERSION)
    log("info", "ended", removed=cleared.files, bytes=cleared.bytes, kept=cleared.kept, failed=len(cleared.failed))
    return 1 if cleared.failed else 0


sys.exit(main())
