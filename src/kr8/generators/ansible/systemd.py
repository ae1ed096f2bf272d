"""Text as a systemd unit writes it: nothing of it a specifier, a variable or another setting (systemd.syntax(7))."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kr8.domain.schedule import Cron

_SPECIAL = re.compile(r"[\\\"'\x00-\x1f\x7f]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


def calendar(cron: Cron) -> str:
    """What OnCalendar= is given: a schedule in UTC."""
    weekdays = f"{','.join(_WEEKDAYS[day] for day in cron.weekdays)} " if cron.on_weekdays() else ""
    date = f"*-{_listed(cron.months, 12)}-{_listed(cron.days, 31)}"
    return f"{weekdays}{date} {_listed(cron.hours, 24)}:{_listed(cron.minutes, 60)}:00 UTC"


def command(argv: tuple[str, ...]) -> str:
    """What ExecStart= is given: each word in quotes, nothing expanded."""
    return " ".join(_quoted(word.replace("$", "$$")) for word in argv)


def assignment(name: str, value: str) -> str:
    """What one Environment= is given."""
    return _quoted(f"{name}={value}")


def _listed(numbers: Sequence[int], all_of_them: int) -> str:
    return "*" if len(numbers) == all_of_them else ",".join(f"{number:02d}" for number in numbers)


def _quoted(text: str) -> str:
    return f'"{_SPECIAL.sub(_escape, text).replace("%", "%%")}"'


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0]) or f"\\x{ord(found[0]):02x}"
