"""An application that we did not write, adopted as it is: one released version deployed over another under load."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomlkit
from demo.load import read_answer
from tests.support.scene import Scene

PINNED = Path(__file__).parents[1] / "data" / "datasette"
OLD, NEW = "0.64.6", "0.65.1"
BUILD = (
    "uv venv -q --clear .venv && uv pip sync -q --compile-bytecode --require-hashes requirements.txt"
    " && .venv/bin/python make_data.py"
)
MAKE_DATA = """import sqlite3
with sqlite3.connect("tea.db") as tea:
    tea.execute("create table teas (id integer primary key, name text)")
    tea.executemany("insert into teas (name) values (?)", [("Assam",), ("Sencha",), ("Oolong",)])
"""
RATE, CLIENTS = 260, 16
PATHS = ("/-/versions.json", "/tea/teas.json?_shape=array", "/tea/teas/2.json?_shape=array")


class Readers:
    """Reads at a steady rate while a `with` block lasts; which versions answered, and all that was not right."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.versions: Counter[str] = Counter()
        self.read = 0
        self.wrong: list[str] = []
        self.seconds = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()))

    def __enter__(self) -> Readers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    async def _all(self) -> None:
        began = time.monotonic()
        await asyncio.gather(*(self._one(number, began) for number in range(CLIENTS)))
        self.seconds = time.monotonic() - began

    async def _one(self, number: int, began: float) -> None:
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        turn = number
        while not self._stop.is_set():
            await asyncio.sleep(max(0.0, began + turn / RATE - time.monotonic()))
            path = PATHS[turn % len(PATHS)]
            try:
                reader, writer = streams or await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(f"GET {path} HTTP/1.1\r\nHost: tea\r\n\r\n".encode())
                answer = await asyncio.wait_for(read_answer(reader, b"x"), 15)
                self._judge(path, answer.status, answer.body)
                streams = (reader, writer) if answer.keep and turn % 10 else None
                if streams is None:
                    writer.close()
            except (OSError, EOFError, TimeoutError, ValueError, IndexError) as error:
                self.wrong.append(f"{path}: {error!r}")
                streams = None
            turn += CLIENTS

    def _judge(self, path: str, status: int, body: bytes) -> None:
        self.read += 1
        if status != 200:
            self.wrong.append(f"{path}: {status} {body[:80]!r}")
        elif path == PATHS[0]:
            self.versions[json.loads(body)["datasette"]["version"]] += 1
        elif b"Sencha" not in body:
            self.wrong.append(f"{path}: {body[:80]!r}")


@pytest.fixture(scope="module")
def tea() -> Iterator[Scene]:
    with Scene() as scene:
        scene.project.mkdir()
        scene.git("init", "--quiet", "--initial-branch", "main")
        scene.commit({"requirements.txt": pinned(OLD), "make_data.py": MAKE_DATA, "README.md": "Our teas.\n"})
        yield scene


def pinned(version: str) -> str:
    """The application and all that it needs, with hashes."""
    return (PINNED / f"{version}.txt").read_text()


def adopt(tea: Scene) -> None:
    """Have kr8 write its file into the repository, then fit it to what is there."""
    made = tea.agent.call("create_project", name="tea", directory=str(tea.project))
    assert made["written"] == ["kr8.toml"] and "fit" in made["next_step"]
    assert tea.git("status", "--porcelain") == "?? kr8.toml"
    file = tea.project / "kr8.toml"
    document = tomlkit.parse(file.read_text())
    document["services"] = {
        "web": {
            "build": BUILD,
            "run": [".venv/bin/datasette", "serve", "tea.db", "--host", "127.0.0.1", "--port", "{port}"],
            "health": {"path": "/-/versions.json", "ready_limit": "60s"},
            "monitoring": {"metrics": "/-/threads.json"},
        }
    }
    development = {"strategy": {"kind": "rolling", "bake": "2s", "drain_limit": "10s"}, "listen": {"web": tea.at(0)}}
    document["environments"] = {"development": development}
    file.write_text(tomlkit.dumps(document))
    tea.commit()


def test_datasette_is_adopted_and_upgraded_under_load_with_no_failed_read(
    tea: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    adopt(tea)
    tea.deploy()
    with Readers(tea.ports[0]) as readers:
        tea.commit({"requirements.txt": pinned(NEW)})
        began = time.monotonic()
        seen = tea.deploy()
        took = time.monotonic() - began
        before, readers.versions = readers.versions, Counter()
        while readers.versions.total() < 50:
            time.sleep(0.05)
    assert readers.wrong == []
    assert before[OLD] and before[NEW] and set(before) == {OLD, NEW}
    assert set(readers.versions) == {NEW}, "after the deployment only the new version answers"
    with capsys.disabled():
        rate = readers.read / readers.seconds
        print(f"\ndatasette {OLD} → {NEW} in {took:.1f} s: 0 of {readers.read} reads failed at {rate:.0f}/s")
        print("\n".join(seen["ledger"]))
