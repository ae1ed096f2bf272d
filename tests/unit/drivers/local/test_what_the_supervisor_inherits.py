"""The supervisor writes its daemon's environment to disk: whoever started kr8 leaves no keys there."""

from __future__ import annotations

import pytest

from kr8.drivers.build.environment import PASSED
from kr8.drivers.local.inherited import inherited

SHELL = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/home/ann",
    "KR8_HOME": "/home/ann/kr8",
    "KR8_DATABASE": "postgresql://kr8@db/kr8",
    "XDG_DATA_HOME": "/home/ann/data",
    "https_proxy": "http://127.0.0.1:3128",
}
KEYS = {
    "AWS_SECRET_ACCESS_KEY": "leak",
    "AWS_PROFILE": "production",
    "GITHUB_TOKEN": "leak",
    "KUBECONFIG": "/home/ann/.kube/config",
    "TF_VAR_password": "leak",
    "PGPASSWORD": "leak",
    "SSH_AUTH_SOCK": "/run/agent",
    "kr8_token": "leak",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def test_what_kr8_needs_reaches_the_next_daemon() -> None:
    assert inherited({**SHELL, **KEYS}) == SHELL


@pytest.mark.parametrize("name", sorted(PASSED))
def test_a_build_finds_after_a_restart_what_it_found_before(name: str) -> None:
    assert inherited({name: "x"}) == {name: "x"}


@pytest.mark.parametrize("name", sorted(KEYS))
def test_the_keys_of_whoever_started_kr8_are_left_behind(name: str) -> None:
    assert inherited(KEYS).get(name) is None
