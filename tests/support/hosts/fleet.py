"""Two hosts, and the checkout of what is deployed to them."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.hosts.host import Host, boot, connect
from tests.support.hosts.image import prepare_image
from tests.support.hosts.namespaces import Namespaces
from tests.support.hosts.playbooks import Playbooks, Run, archive
from tests.support.sshkeys import make_key

APP = Path(__file__).resolve().parents[1] / "shop" / "app.py"
UNIT = "shop-web@{side}.service"


@dataclass(frozen=True)
class Fleet:
    """The hosts and the checkout."""

    inside: Namespaces
    playbooks: Playbooks
    first: Host
    second: Host

    @property
    def hosts(self) -> tuple[Host, Host]:
        """Both."""
        return self.first, self.second

    def version(self, name: str, mode: str = "ok", files: Mapping[str, str] | None = None) -> dict[str, object]:
        """What deploy.yml is told to deploy a version whose service behaves as `mode` says."""
        given = {"app.py": APP.read_text(), "behaviour.json": json.dumps({"mode": mode})} | dict(files or {})
        made = archive(self.playbooks.home / f"{name}.tar.gz", given)
        return {"service_version": name, "service_artifact": str(made)}

    def deploy(self, version: str, mode: str = "ok", limit: str = "all") -> Run:
        """Deploy a version."""
        return self.playbooks.run("deploy.yml", limit, self.version(version, mode))

    def serve(self) -> list[dict[str, str]]:
        """The version that each host has of each service, and for `front` what its proxy answers."""
        return [versions(host) for host in self.hosts]


@contextmanager
def two_hosts(folder: Path) -> Generator[Fleet]:
    """The fleet, while a `with` block lasts."""
    packages, nspawn = (Path(os.environ[name]) for name in ("KR8_HOST_PACKAGES", "KR8_NSPAWN"))
    with Namespaces() as inside:
        image = prepare_image(inside, folder / "images", packages)
        connect(inside)
        key = make_key(folder / "key")
        first, second = (boot(inside, name, at, image, nspawn, key) for at, name in ((11, "first"), (12, "second")))
        yield Fleet(inside, Playbooks(inside, folder, key), first, second)


def versions(host: Host) -> dict[str, str]:
    """What serves on a host."""
    links = host.run("sh", "-c", "cd /opt/shop && for each in */active; do readlink -f $each; done").split()
    front = host.run("curl", "--silent", "--show-error", "--fail", "http://127.0.0.1/")
    return {Path(link).parts[3]: Path(link).name for link in links} | {"front": json.loads(front)["version"]}


def side(host: Host) -> str:
    """Which side of web serves."""
    return host.run("readlink", "/opt/shop/web/active")


def running(host: Host) -> list[str]:
    """The sides of web that run."""
    states = host.tried("systemctl", "is-active", *(UNIT.format(side=each) for each in ("blue", "green")))
    return [name for name, state in zip(("blue", "green"), states.stdout.split(), strict=True) if state == "active"]
