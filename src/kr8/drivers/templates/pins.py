"""Fetched templates: `KR8_HOME/fetched/NAME`, and `KR8_HOME/templates.toml` with their pins."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from kr8.domain.nearest import nearest
from kr8.domain.problem import refuse
from kr8.domain.shortened import quoted
from kr8.domain.toml_lines import lines
from kr8.ports.pinned_templates import Pin, RemovedPin
from kr8.ports.templates import RenderedFile

FETCHED = "fetched"
PINS = "templates.toml"
HEADER = "# What `kr8 template add` has fetched. It is written by kr8 alone."


class FilePins:
    """Implements the port `PinnedTemplates`."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._turn = asyncio.Lock()

    async def all(self) -> tuple[Pin, ...]:
        """Every pin, by name. Raises Refused (pins_unreadable)."""
        return tuple((await asyncio.to_thread(read, self._home)).values())

    async def add(self, pin: Pin, files: tuple[RenderedFile, ...]) -> bool:
        """Keep a template; whether anything is new. Raises Refused: template_version_taken, not_writable."""
        from kr8.drivers.templates import keeping  # noqa: PLC0415 - it imports jinja2, which few need

        async with self._turn:
            pins = read(self._home)
            instead = f" Where it is not yours to give: kr8 template remove fetched/{pin.name}, and add it again."
            is_new = await asyncio.to_thread(keeping.keep, pin.name, self._home / FETCHED, "", files, instead)
            # The pin comes last: content that has none is refused, and fetched again.
            _write(self._home, {**pins, pin.name: pin})
        return is_new or pins.get(pin.name) != pin

    async def remove(self, name: str) -> RemovedPin:
        """Remove a template and its pin. Raises Refused as the port says."""
        from kr8.drivers.templates import keeping  # noqa: PLC0415

        async with self._turn:
            pins = read(self._home)
            if name not in pins:
                raise refuse(
                    "unknown_template",
                    f"No template {quoted(name)} was fetched.",
                    why="Your own are folders, which you remove yourself; others belong to projects and distributions.",
                    mend=nearest(name, pins),
                    field="name",
                )
            # Out of the list first: what cannot be moved keeps its pin.
            left = await asyncio.to_thread(keeping.discard, self._home / FETCHED, name)
            _write(self._home, {key: pin for key, pin in pins.items() if key != name})
        return RemovedPin(pin=pins[name], left=left)


def read(home: Path) -> dict[str, Pin]:
    """The pins of a home, by name. Raises Refused (pins_unreadable)."""
    try:
        data = tomllib.loads((home / PINS).read_text("utf-8"))
        return {name: _pin(name, table) for name, table in sorted(data.items())}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise refuse(
            "pins_unreadable",
            f"{home / PINS} cannot be read.",
            why=f"It says what fetched templates must be: {error}.",
            mend="Mend it, or remove it with the folder `fetched` beside it, and add the templates again.",
        ) from None


def _pin(name: str, table: object) -> Pin:
    """Raises ValueError that says which keys are wrong."""
    if not isinstance(table, dict):
        raise ValueError(f"{name} is no table")
    try:
        return Pin.model_validate({**table, "name": name})
    except ValidationError as error:
        wrong = (
            ".".join((name, *map(str, each["loc"]))) + f": {each['msg']}" for each in error.errors(include_url=False)
        )
        raise ValueError("; ".join(wrong)) from None


def _write(home: Path, pins: Mapping[str, Pin]) -> None:
    tables = [
        "".join(f"{line}\n" for line in (f"[{name}]", *lines(pin.model_dump(exclude={"name"}))))
        for name, pin in sorted(pins.items())
    ]
    beside = home / f".{PINS}.new"
    try:
        beside.write_text("\n".join([f"{HEADER}\n", *tables]), "utf-8")
        beside.replace(home / PINS)
    except OSError as error:
        what = f"{home / PINS} cannot be written."
        raise refuse("not_writable", what, why=str(error), mend="Let kr8's user write there.") from error
