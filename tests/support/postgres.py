"""A real PostgreSQL server from Debian's binaries, for tests. It is missing: the tests fail, they do not skip."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import psycopg

UNPRIVILEGED = ("nobody", "nogroup")  # PostgreSQL refuses to run as root
FAST = ("fsync=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=200")


class Postgres:
    """One server in a folder of its own, reached over a Unix socket only; it ends with the process that started it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kr8-pg-", dir="/tmp"))  # a socket's path has 107 bytes at most
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self._binaries = find_binaries()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Postgres":
        try:
            if os.geteuid() == 0:
                shutil.chown(self.folder, *UNPRIVILEGED)
            self._initialize()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _initialize(self) -> None:
        options = ["--pgdata", str(self.data), "--username", "kr8", "--auth", "trust", "--no-sync"]
        argv = as_unprivileged([str(self._binaries / "initdb"), *options, "--no-locale", "--encoding", "UTF8"])
        done = subprocess.run(argv, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"initdb failed:\n{done.stdout}{done.stderr}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = (*FAST, f"unix_socket_directories={self.folder}", "listen_addresses=")
        options = [word for setting in settings for word in ("-c", setting)]
        argv = as_unprivileged([str(self._binaries / "postgres"), "-D", str(self.data), *options])
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(argv, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait_until_it_answers(limit_s=30)

    def _wait_until_it_answers(self, limit_s: float) -> None:
        end = time.monotonic() + limit_s
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError as error:
                gone = self._process is None or self._process.poll() is not None
                if gone or time.monotonic() > end:
                    raise AssertionError(f"PostgreSQL does not answer: {error}\n{self.log.read_text()}") from error
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server at once, as an outage does: connections are cut, what was committed stays."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)  # immediate shutdown, and its children go too
            self._process.wait(timeout=30)
        self._process = None

    def close(self) -> None:
        """Stop the server and remove all it kept."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str, driver: str = "") -> str:
        """The address of a database; `driver` is SQLAlchemy's, as in `url(name, "+psycopg")`."""
        return f"postgresql{driver}://kr8@/{database}?host={quote(str(self.folder), safe='')}"

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A fresh database's name, a copy of a template; it is dropped afterwards, whoever is still connected."""
        name = f"kr8_{secrets.token_hex(6)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


def find_binaries() -> Path:
    """The folder that `scripts/setup --test` found or made."""
    folder = os.environ.get("KR8_POSTGRES_BIN")
    assert folder, "KR8_POSTGRES_BIN is not set: run scripts/setup --test"
    assert (Path(folder) / "initdb").exists(), f"there is no initdb in {folder}: run scripts/setup --test"
    return Path(folder)


def as_unprivileged(argv: list[str]) -> list[str]:
    """The command as a user that PostgreSQL accepts; it is stopped when the thread that started it ends."""
    user, group = UNPRIVILEGED
    drop = ["--reuid", user, "--regid", group, "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *drop, "--pdeathsig", "QUIT", "--", *argv]
