"""The files of a built site, read once: what is not in the table is not there, whatever a request asks for."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
"""A browser may keep a page, and asks each time whether it has changed."""
WORTH_IT = 512


@dataclass(frozen=True, slots=True)
class Page:
    """One file, as it is answered."""

    body: bytes
    zipped: bytes | None
    content_type: str
    etag: str
    caching: str


def read_site(dist: Path) -> dict[str, Page]:
    """The pages by path; `index.html` of a folder is also the folder's."""
    pages: dict[str, Page] = {}
    for path in sorted(dist.rglob("*")):
        if path.is_file() and not path.is_symlink():
            name = f"/{path.relative_to(dist)}"
            pages[name] = _page(path, FOREVER if name.startswith("/assets/") else ASK_AGAIN)
            if path.name == "index.html":
                pages[name.removesuffix("index.html")] = pages[name]
    return pages


def _page(path: Path, caching: str) -> Page:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind in ("application/json", "text/javascript", "image/svg+xml")
    packed = gzip.compress(body, mtime=0) if text and len(body) > WORTH_IT else None
    return Page(
        body=body,
        zipped=packed if packed is not None and len(packed) < len(body) else None,
        content_type=f"{kind}; charset=utf-8" if text else kind,
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        caching=caching,
    )
