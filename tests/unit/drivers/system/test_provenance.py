"""Where kr8 says that it comes from, of what installers write down."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kr8.drivers.system.provenance import PackageProvenance, source_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HTTPS = "https://git.internal/tools/kr8.git"


def told(url: str, **more: Any) -> str:
    return json.dumps({"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT}, **more})


@pytest.mark.parametrize("url", [HTTPS, "ssh://git@git.internal/tools/kr8.git"])
def test_a_commit_is_said_as_kr8_toml_would_say_it(url: str) -> None:
    assert source_of(told(url)) == f"git+{url}@{COMMIT}"
    requested = {"vcs": "git", "commit_id": COMMIT, "requested_revision": "v1.0"}
    assert source_of(told(url, vcs_info=requested)) == f"git+{url}@{COMMIT}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        json.dumps({"url": "file:///srv/kr8", "dir_info": {"editable": True}}),
        json.dumps({"url": "https://git.internal/kr8.whl", "archive_info": {"hash": "sha256=00"}}),
        told("file:///srv/kr8"),
        told("http://git.internal/kr8"),
        told(HTTPS, subdirectory="packages/kr8"),
        told(HTTPS, vcs_info={"vcs": "hg", "commit_id": COMMIT}),
        told(HTTPS, vcs_info={"vcs": "git", "commit_id": COMMIT[:12]}),
        told("https://git.internal/$(id)"),
        told("https://git.internal/${{ github.token }}"),
    ],
)
def test_what_no_pipeline_could_install_is_no_source(text: str) -> None:
    assert source_of(text) is None


@pytest.mark.parametrize("url", ["https://ann:word@git.internal/kr8", "https://token@git.internal/kr8"])
def test_a_url_with_somebodys_token_is_never_handed_on(url: str) -> None:
    assert source_of(told(url)) is None


def test_of_this_checkout_nothing_is_said_that_is_not_so() -> None:
    assert PackageProvenance().source() is None
