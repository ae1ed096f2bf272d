"""Read what HAProxy prints: statistics, information, answers to commands, log records."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from kr8.supervisor.proxy.observed import Status
from kr8.supervisor.proxy.table import service_key

RECORD_MARK = "k|"

_CONFIRMATIONS = {"New server registered.", "Server deleted."}
_BUSY = "Server still has connections attached to it, cannot remove it."


@dataclass(frozen=True)
class StatRow:
    """One server's line of `show stat`."""

    key: str
    server: str
    status: Status
    weight: int
    current: int
    retries: int
    address: str
    check: str
    check_passed: bool


@dataclass(frozen=True)
class Record:
    """One finished request, as the log tells it."""

    key: str
    server: str
    status: int
    latency_ms: int | None
    end: str


@dataclass(frozen=True)
class Answers:
    """What a batch of commands was answered."""

    busy: bool
    problems: tuple[str, ...]


def stat_rows(text: str) -> tuple[StatRow, ...]:
    """Parse `show stat`; lines that are not servers are left out."""
    return tuple(_row(line) for line in _lines(text) if line["type"] == "2")


def socket_keys(text: str) -> dict[str, str]:
    """Parse `show stat`: the service key of each listening socket, by its address as HAProxy writes it."""
    return {line["addr"]: service_key(line["pxname"]) for line in _lines(text) if line["type"] == "3"}


def _lines(text: str) -> Iterator[dict[str, str]]:
    return iter(csv.DictReader(line for line in text.removeprefix("# ").splitlines() if line.strip()))


def _row(line: dict[str, str]) -> StatRow:
    check = " ".join(filter(None, (line["check_status"], line["check_code"], line["last_chk"])))
    return StatRow(
        key=service_key(line["pxname"]),
        server=line["svname"],
        status=_status(line["status"], line["check_status"].removeprefix("* ")),
        weight=int(line["uweight"] or 0),
        current=int(line["scur"] or 0),
        retries=int(line["wretr"] or 0) + int(line["wredis"] or 0),
        address=line["addr"],
        check=check,
        check_passed=_passed(line["check_status"].removeprefix("* ")),
    )


def _passed(check_status: str) -> bool:
    return check_status.endswith("OK")


def _status(status: str, check_status: str) -> Status:
    first = status.split(" ", 1)[0].split("/", 1)[0]
    if first == "UP" or first == "no":
        return "checking" if check_status == "INI" else "up"
    if first == "DRAIN":
        return "drain"
    return "maint" if first == "MAINT" else "down"


@dataclass(frozen=True)
class Reading:
    """What one process said of itself and its servers."""

    pid: int
    started: str
    digest: str
    lost_records: int
    rows: tuple[StatRow, ...]


READING_COMMANDS = ("show info", "show stat -1 4 -1")
SOCKETS_COMMAND = "show stat -1 8 -1"


def reading(text: str) -> Reading:
    """Parse the answers to `READING_COMMANDS`, asked in one connection and so of one process."""
    info_text, mark, stat_text = text.partition("# pxname")
    info = information(info_text)
    if not mark or "Pid" not in info:
        raise ConnectionError("HAProxy hung up")
    return Reading(
        pid=int(info["Pid"]),
        started=info["Start_time_sec"],
        digest=info.get("description", ""),
        lost_records=int(info.get("DroppedLogs", "0")),
        rows=stat_rows(mark + stat_text),
    )


def information(text: str) -> dict[str, str]:
    """Parse `show info`."""
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name: value.strip() for name, mark, value in pairs if mark}


def answers(text: str) -> Answers:
    """Parse the answers to a batch: silence and confirmations are success."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    problems = tuple(line for line in lines if line not in _CONFIRMATIONS and line != _BUSY)
    return Answers(busy=_BUSY in lines, problems=problems)


def record(line: str) -> Record | None:
    """Parse one log line; None when it is one of HAProxy's own messages."""
    if not line.startswith(RECORD_MARK):
        return None
    fields = line.split("|")
    if len(fields) != 7:
        return None
    _, frontend, server, status, total, data, end = fields
    try:
        return Record(service_key(frontend), server, int(status), _latency(int(total), int(data)), end)
    except ValueError:
        return None


def _latency(total: int, data: int) -> int | None:
    return total - data if total >= 0 and data >= 0 else None
