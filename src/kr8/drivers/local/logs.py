"""The output of instances, as the supervisor has written it."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from kr8.domain.target import LogLine, LogQuery, Page

ROTATED = ("jsonl.5", "jsonl.4", "jsonl.3", "jsonl.2", "jsonl.1", "jsonl")
"""The endings of an instance's files, oldest first."""


def page_of(folder: Path, query: LogQuery) -> Page:
    """Lines of all instances of a service, oldest first, after the query's cursor."""
    after = _position(query.after)
    instances = sorted({path.name.split(".jsonl", 1)[0] for path in folder.glob("*.jsonl*")})
    streams = [_instance(folder, name, query.since) for name in instances if _asked_for(name, query)]
    found: list[LogLine] = []
    for line in heapq.merge(*streams, key=_order):
        if _order(line) <= after or (query.text is not None and query.text not in line.line):
            continue
        if len(found) == query.limit:
            return Page(lines=tuple(found), cursor=found[-1].cursor, more=True)
        found.append(line)
    return Page(lines=tuple(found), cursor=found[-1].cursor if found else query.after)


def _order(line: LogLine) -> tuple[str, str, int]:
    at, instance, number = line.cursor.split("|")
    return at, instance, int(number)


def _position(cursor: str | None) -> tuple[str, str, int]:
    """Raises ValueError where the cursor is not one."""
    if cursor is None:
        return "", "", 0
    at, instance, number = cursor.split("|")
    return at, instance, int(number)


def _asked_for(instance: str, query: LogQuery) -> bool:
    return query.instance in (None, instance) and query.release in (None, instance.rsplit("-", 1)[0])


def _instance(folder: Path, instance: str, since: datetime | None) -> Iterator[LogLine]:
    at_before, number = "", 0
    for ending in ROTATED:
        path = folder / f"{instance}.{ending}"
        if not path.exists() or (since is not None and path.stat().st_mtime < since.timestamp()):
            continue
        with path.open(encoding="utf-8", errors="replace") as lines:
            for text in lines:
                entry = _entry(text)
                if entry is None:
                    continue  # half a line: the disk was full, or it is being written
                at, stream, line = entry
                number = number + 1 if at == at_before else 0
                at_before = at
                when = datetime.fromisoformat(at)
                if since is None or when >= since:
                    yield LogLine.model_validate(
                        {
                            "at": when,
                            "instance": instance,
                            "release": instance.rsplit("-", 1)[0],
                            "stream": stream,
                            "line": line,
                            "cursor": f"{at}|{instance}|{number}",
                        }
                    )


def _entry(text: str) -> tuple[str, str, str] | None:
    try:
        value = json.loads(text)
        return str(value["at"]), str(value["stream"]), str(value["line"])
    except (ValueError, KeyError, TypeError):
        return None
