"""What every test shares: where set-up found the tools, the order of the suites, and a PostgreSQL."""

import faulthandler
import gc
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.postgres import Postgres

ROOT = Path(__file__).resolve().parents[1]
ORDER = ("unit", "gates", "contract", "surfaces", "integration", "crash", "docs")
LEFT_BEHIND_S = 60.0


def pytest_configure() -> None:
    """Let a bare `pytest` know what `make test` knows; and let what tests start be told to end.

    A shell starts what it puts in the background with SIGINT ignored, nohup with SIGHUP, and every child inherits that.
    """
    gc.disable()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    settings = ROOT / ".cache" / "setup.env"
    for word in shlex.split(settings.read_text()) if settings.exists() else []:
        name, _, value = word.partition("=")
        os.environ.setdefault(name, value)
    if signer := os.environ.get("KR8_SSH_KEYGEN"):
        os.environ["PATH"] += os.pathsep + str(Path(signer).parent)


def pytest_collection_finish() -> None:
    """Look for garbage from now on, but not among all that was imported and collected: a tenth of the unit suite."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Fail, and show every thread's stack, where a thread that a test left behind keeps the process from ending.

    One of several processes waits for the others, and is ended with them.
    """
    if not hasattr(config, "workerinput"):
        faulthandler.dump_traceback_later(LEFT_BEHIND_S, exit=True, file=sys.__stderr__ or sys.stderr)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what fails fastest first."""
    items.sort(key=suite)


def suite(item: pytest.Item) -> int:
    """The place of a test's suite in the order; unknown suites come last."""
    name = item.path.relative_to(ROOT / "tests").parts[0]
    return ORDER.index(name) if name in ORDER else len(ORDER)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL for the whole session; a test takes a database of its own from it."""
    with Postgres() as server:
        yield server
