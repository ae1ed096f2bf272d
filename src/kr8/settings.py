"""Every setting of a kr8 process, typed, with where its value came from.

Standard library only: the daemon reads it before it opens its sockets.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from kr8.bridge.home import SHORTER, Home, find_home

T = TypeVar("T")


class Listen(NamedTuple):
    """A TCP address to serve HTTP on."""

    host: str
    port: int

    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One setting: an environment variable, and a flag of `kr8 serve` where there is one."""

    variable: str
    flag: str | None
    text: str
    default_text: str
    parse: Callable[[str], T]


@dataclass(frozen=True)
class Settings:
    """The settings of this process."""

    home: Home
    """KR8_HOME: where all state lies."""
    listen: Listen | None
    """Where HTTP is served besides the unix socket; None: nowhere."""
    database: str
    """SQLAlchemy's URL of the store."""
    haproxy: str | None
    """The HAProxy to run; None: the one on PATH."""
    tools: str | None
    """Where the tools of checkers are installed; None: the user's cache."""
    providers: str | None
    """A folder with Terraform providers; None: they are looked for."""
    sources: Mapping[str, str]
    """Variable → "default", the variable, or the flag that set it."""


def parse_listen(text: str) -> Listen:
    """ "127.0.0.1:8700", "[::1]:8700" or "localhost:8700". Raises ValueError on other forms."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if host != "localhost":
        ipaddress.ip_address(host)
    if not 0 <= int(port) < 1 << 16:
        raise ValueError("a port is between 0 and 65535")
    return Listen(host, int(port))


HOME = Setting("KR8_HOME", "--home", "The directory that holds all state.", "~/.local/share/kr8", str)
LISTEN = Setting(
    "KR8_LISTEN",
    "--listen",
    "host:port on loopback, such as 127.0.0.1:8700, where HTTP, and MCP at /mcp, is served besides the unix socket.",
    "none",
    parse_listen,
)
DATABASE = Setting(
    "KR8_DATABASE",
    "--database",
    "URL of the store: sqlite:///path, or postgresql://…",
    "sqlite:///KR8_HOME/kr8.db",
    str,
)
HAPROXY = Setting("KR8_HAPROXY", None, "The HAProxy binary, 2.6 or newer.", "haproxy on PATH", str)
TOOLS = Setting(
    "KR8_TOOLS", None, "The folder for tools that checkers stand on; homes may share it.", "~/.cache/kr8/tools", str
)
PROVIDERS = Setting(
    "KR8_PROVIDERS",
    None,
    "A folder with Terraform providers, laid out as `terraform providers mirror` does it, or unpacked.",
    "where Terraform would look, /opt, /usr/share, /usr/local/share",
    str,
)
ALL: tuple[Setting[Any], ...] = (HOME, LISTEN, DATABASE, HAPROXY, TOOLS, PROVIDERS)


class SettingError(ValueError):
    """A setting has a value that cannot be used."""


def read_settings(environ: Mapping[str, str], flags: Mapping[str, str] | None = None) -> Settings:
    """The settings that flags, then the environment, then the defaults give.

    `flags` maps a flag ("--listen") to its text. Raises SettingError that names the source and the form.
    """
    given = {**(flags or {})}
    sources: dict[str, str] = {}

    def value(setting: Setting[T]) -> T | None:
        source, text = setting.flag or "", given.get(setting.flag or "")
        if text is None:
            source, text = setting.variable, environ.get(setting.variable)
        sources[setting.variable] = source if text else "default"
        return _parse(setting, source, text) if text else None

    root = value(HOME)
    home = find_home({**environ, "KR8_HOME": root} if root else environ)
    if (unfit := home.trouble()) is not None:
        raise SettingError(f"{unfit} {SHORTER}")
    return Settings(
        home=home,
        listen=value(LISTEN),
        database=value(DATABASE) or f"sqlite:///{home.root}/kr8.db",
        haproxy=value(HAPROXY),
        tools=value(TOOLS),
        providers=value(PROVIDERS),
        sources=sources,
    )


def _parse(setting: Setting[T], source: str, text: str) -> T:
    try:
        return setting.parse(text)
    except ValueError as error:
        raise SettingError(f"{source} is {text!r}, which is not valid ({error}). {setting.text}") from error
