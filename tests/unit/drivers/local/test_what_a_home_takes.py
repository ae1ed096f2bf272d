"""Everything in a home is counted once, and as its project's where that can be told."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

from kr8.drivers.local.disk import HomeDisk
from kr8.drivers.process.disk import taken

BLOCK = 4096


def write(path: Path, text: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.ljust(BLOCK))


def test_each_thing_has_its_kind_and_its_project(tmp_path: Path) -> None:
    write(tmp_path / "logs" / "daemon.log")
    write(tmp_path / "logs" / "prj_a.staging.web" / "i1.jsonl")
    write(tmp_path / "logs" / "prj_a.staging.web" / "i2.jsonl")
    write(tmp_path / "data" / "prj_b" / "staging" / "web" / "file")
    write(tmp_path / "releases" / "rel_1" / "release.json", json.dumps({"project": "prj_a"}))
    write(tmp_path / "releases" / "rel_2" / "release.json", "half of a")
    write(tmp_path / "supervisor" / "instances" / "i1" / "evidence.json", json.dumps({"service": "prj_b.staging.web"}))
    write(tmp_path / "supervisor" / "instances" / "i2" / "stdout")
    write(tmp_path / "supervisor" / "state.json")
    write(tmp_path / "cache" / "uv" / "file")
    write(tmp_path / "keys" / "identity.age")
    write(tmp_path / "kr8.db")
    write(tmp_path / "kr8.db-wal")
    write(tmp_path / "kr8.db.replaced-1" / "kr8.db")
    write(tmp_path / "builds" / "bld_1" / "files" / "counted by the builder")
    items = asyncio.run(HomeDisk(tmp_path, tmp_path / "kr8.db").items())
    files: Counter[tuple[str, str | None, str | None]] = Counter()
    for item in items:
        files[item.kind, item.project, item.name] += item.bytes
    for key, least in {
        ("logs", None, None): 1,
        ("logs", "prj_a", None): 2,
        ("data", "prj_b", None): 1,
        ("releases", "prj_a", "rel_1"): 1,
        ("releases", None, "rel_2"): 1,
        ("evidence", "prj_b", None): 1,
        ("evidence", None, None): 1,
        ("cache", None, None): 1,
        ("store", None, None): 3,
        ("kr8", None, None): 2,
    }.items():
        assert files.pop(key) >= least * BLOCK, key
    assert not files
    whole = taken(tmp_path) - taken(tmp_path / "builds")
    assert 0 <= whole - sum(item.bytes for item in items) < 20 * BLOCK, "what is not counted are folders"


def test_an_empty_home_takes_nothing_and_a_store_on_a_server_is_not_here(tmp_path: Path) -> None:
    items = asyncio.run(HomeDisk(tmp_path, None).items())
    assert sum(item.bytes for item in items) == 0
    assert asyncio.run(HomeDisk(tmp_path, None).free()) > 0
