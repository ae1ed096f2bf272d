"""`docker` and `aws` for a test: a builder that makes each image another one, and a registry whose tags never move.

Both note what they are asked. An image is its configuration, which has one digest wherever the image is.
"""

from __future__ import annotations

import io
import json
import sys
import tarfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a token of twelve hours"
PROGRAM = """#!{python} -IS
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.support.images import Asked
Asked(Path({shared!r}), Path(sys.argv[0])).answer(sys.argv[1:])
"""


def install(programs: Path, shared: Path) -> None:
    """Put both into a folder of programs; `shared`: the folder of the registry, and of what was asked."""
    shared.mkdir(exist_ok=True)
    for name in ("docker", "aws"):
        (programs / name).write_text(PROGRAM.format(python=sys.executable, root=str(ROOT), shared=str(shared)))
        (programs / name).chmod(0o755)


def asked(shared: Path) -> list[tuple[list[str], str]]:
    """The words of each call so far, and what it was told besides."""
    file = shared / "asked"
    return [(words, said) for words, said in map(json.loads, file.read_text().splitlines())] if file.exists() else []


def digest(shared: Path, image: str) -> str:
    """The digest of a tag of the registry."""
    return _digest(_manifest(_read(shared / "registry.json")[image]))


class Asked:
    """One call of one of them."""

    def __init__(self, shared: Path, program: Path) -> None:
        """`program`: how it was called; beside it is what this machine's docker has."""
        self.shared, self.name = shared, program.name
        self.registry, self.local = shared / "registry.json", program.with_name("images.json")

    def answer(self, words: Sequence[str]) -> None:
        """Note the call, do what it asks and print the answer."""
        said = sys.stdin.read() if "--password-stdin" in words else ""
        with (self.shared / "asked").open("a") as file:
            file.write(json.dumps([[self.name, *words], said]) + "\n")
        verb = words[1] if self.name == "aws" else words[0]
        method = getattr(self, verb.replace("-", "_"), None)
        if method is not None:
            method(words)

    def get_login_password(self, _words: Sequence[str]) -> None:
        print(TOKEN)

    def describe_images(self, words: Sequence[str]) -> None:
        print(_digest(self._found(words)))

    def batch_get_image(self, words: Sequence[str]) -> None:
        print(self._found(words))

    def buildx(self, words: Sequence[str]) -> None:
        if (Path(words[-1]) / "broken").exists():
            sys.exit("a step of the Dockerfile failed")
        builds = sum("buildx" in each for each, _ in asked(self.shared))
        _write(self.local, words[words.index("--tag") + 1], json.dumps({"os": "linux", "build": builds}))

    def pull(self, words: Sequence[str]) -> None:
        _write(self.local, words[-1], _read(self.registry)[words[-1]])

    def push(self, words: Sequence[str]) -> None:
        made = _read(self.local)[words[-1]]
        if _read(self.registry).get(words[-1], made) != made:
            sys.exit("the tag is immutable")
        _write(self.registry, words[-1], made)

    def save(self, words: Sequence[str]) -> None:
        config = _read(self.local)[words[-1]]
        path = f"blobs/sha256/{sha256(config.encode()).hexdigest()}"
        with tarfile.open(words[words.index("--output") + 1], "w") as tar:
            for name, text in (
                (path, config),
                ("manifest.json", json.dumps([{"Config": path, "RepoTags": words[-1:]}])),
            ):
                member = tarfile.TarInfo(name)
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text.encode()))

    def load(self, words: Sequence[str]) -> None:
        with tarfile.open(words[words.index("--input") + 1]) as tar:
            (manifest,) = json.loads(_member(tar, "manifest.json"))
            _write(self.local, manifest["RepoTags"][0], _member(tar, manifest["Config"]))

    def _found(self, words: Sequence[str]) -> str:
        """The manifest that is asked for, by its tag or its digest."""
        wanted = ("registry-id", "region", "repository-name", "image-ids")
        account, region, repository, image = (words[words.index(f"--{name}") + 1] for name in wanted)
        place = f"{account}.dkr.ecr.{region}.amazonaws.com/{repository}:"
        kind, _, value = image.partition("=")
        for tag, config in _read(self.registry).items():
            names = {"imageTag": tag, "imageDigest": f"{place}{_digest(_manifest(config))}"}
            if tag.startswith(place) and names[kind] == place + value:
                return _manifest(config)
        sys.exit("ImageNotFoundException")


def _manifest(config: str) -> str:
    return json.dumps({"schemaVersion": 2, "config": {"digest": _digest(config)}, "layers": []}, indent=3)


def _digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def _member(tar: tarfile.TarFile, name: str) -> str:
    file = tar.extractfile(name)
    assert file is not None
    return file.read().decode()


def _read(file: Path) -> dict[str, str]:
    read: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    return read


def _write(file: Path, image: str, config: str) -> None:
    file.write_text(json.dumps({**_read(file), image: config}))
