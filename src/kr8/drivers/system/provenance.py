"""Where this kr8 comes from, by what its installer wrote down: `direct_url.json` (PEP 610)."""

from __future__ import annotations

from importlib.metadata import Distribution, distribution
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from kr8.domain.pipeline import is_in_git


class PackageProvenance:
    """The Provenance port."""

    def __init__(self, package: Distribution | None = None) -> None:
        self._package = package or distribution("kr8")

    def source(self) -> str | None:
        """The commit that it was installed from; None: from an index, a folder, a wheel, or nobody wrote it down."""
        return source_of(self._package.read_text("direct_url.json") or "")


class _Commit(BaseModel):
    model_config = ConfigDict(frozen=True)

    vcs: Literal["git"]
    commit_id: str


class _DirectUrl(BaseModel):
    """What is read of it: an installer may write more."""

    model_config = ConfigDict(frozen=True)

    url: str
    vcs_info: _Commit
    subdirectory: None = None


def source_of(text: str) -> str | None:
    """What a `direct_url.json` says as kr8.toml would say it; None where no pipeline could install it so."""
    try:
        told = _DirectUrl.model_validate_json(text)
    except ValidationError:
        return None
    source = f"git+{told.url}@{told.vcs_info.commit_id}"
    return source if is_in_git(source) and not _has_secret(told.url) else None


def _has_secret(url: str) -> bool:
    """Whether somebody's token may be in it: what is generated is committed."""
    parts = urlsplit(url)
    return parts.password is not None or (parts.scheme == "https" and parts.username is not None)
