"""What the proxy should do: frontends, and the servers that answer for each."""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Mode = Literal["ready", "drain"]

MAX_WEIGHT = 256

_SERVER_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,120}")
_CHECK_PATH = re.compile(r"/[A-Za-z0-9_.~!$&'()*+,;=:@%/?-]*")
_PROBE = re.compile(r"[A-Za-z0-9]{0,64}")
_UNSAFE = re.compile(rb"[^A-Za-z0-9_.-]")
_ESCAPED = re.compile(r":([0-9a-f]{2})")


@dataclass(frozen=True)
class Server:
    """One instance behind a frontend; weight 0 is warm: checked, and sent nothing new."""

    name: str
    address: str
    port: int
    weight: int
    mode: Mode = "ready"

    def __post_init__(self) -> None:
        """Refuse what HAProxy would read as something else."""
        _require(_SERVER_NAME.fullmatch(self.name), f"server name {self.name!r}: letters, digits and _.:- only")
        _require(
            _is_address(self.address), f"address {self.address!r} of {self.name}: an IP address, in its short form"
        )
        _require(0 < self.port < 65536, f"port {self.port} of {self.name}: 1 to 65535")
        _require(0 <= self.weight <= MAX_WEIGHT, f"weight {self.weight} of {self.name}: 0 to {MAX_WEIGHT}")


@dataclass(frozen=True)
class Frontend:
    """One listening socket, named by its service key, and its servers."""

    key: str
    fd: int
    check_path: str | None
    check_interval_ms: int = 500
    servers: tuple[Server, ...] = ()
    probe: str = ""
    """Requests whose x-kr8-probe header has this value are answered, and not counted."""

    def __post_init__(self) -> None:
        """Refuse what HAProxy would read as something else."""
        _require(_PROBE.fullmatch(self.probe), f"probe word of {self.key}: letters and digits only")
        _require(self.key and len(proxy_name(self.key)) <= 200, f"service key {self.key!r}: 1 to 200 characters")
        path = self.check_path
        _require(path is None or _CHECK_PATH.fullmatch(path), f"check path {path!r} of {self.key}: a plain URL path")
        _require(self.check_interval_ms > 0, f"check interval of {self.key}: more than 0 ms")
        names = [server.name for server in self.servers]
        _require(len(names) == len(set(names)), f"servers of {self.key}: one name is used twice")


Table = tuple[Frontend, ...]


def _require(holds: object, problem: str) -> None:
    if not holds:
        raise ValueError(problem)


def _is_address(text: str) -> bool:
    try:
        return str(ipaddress.ip_address(text)) == text
    except ValueError:
        return False


def proxy_name(key: str) -> str:
    """Map a service key to a name that HAProxy accepts; two keys never share one."""
    return _UNSAFE.sub(lambda found: b":%02x" % found.group()[0], key.encode()).decode()


@lru_cache(maxsize=1024)
def service_key(name: str) -> str:
    """Undo `proxy_name`."""
    plain = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), name)
    return plain.encode("latin-1").decode()
