"""A start imports what it needs. In a process of its own each: imports are made once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.support.tree import ROOT

LINES = "from kr8.surfaces.serve.library import import_server_alone; import_server_alone()\n"


def told(code: str) -> list[str]:
    """What a process prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    argv = [sys.executable, "-P", "-c", code]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def imported(code: str, *names: str) -> list[str]:
    """Which of some modules are there after an import."""
    return told(f"{code}\nimport sys\nprint(*[name for name in {names!r} if name in sys.modules])")


def test_what_was_interrupted_goes_on_without_the_surfaces_and_their_libraries() -> None:
    names = ("kr8.catalogue.invoke", "mcp", "mcp_types", "starlette", "uvicorn", "jinja2", "alembic", "psycopg", "dbos")
    assert imported("import kr8.app", *names) == []


def test_the_bridge_is_answered_without_the_library_s_client_and_framework() -> None:
    names = ("mcp.server.lowlevel.server", "mcp.client", "mcp.server.mcpserver", "httpx2")
    assert imported(f"{LINES}import kr8.surfaces.serve.lines", *names) == ["mcp.server.lowlevel.server"]


def test_the_command_line_is_answered_without_mcp() -> None:
    assert imported("import kr8.surfaces.serve.web", "uvicorn", "mcp", "mcp_types") == ["uvicorn"]


@pytest.mark.parametrize("name", ["mcp.Client", "mcp.types", "mcp.server.MCPServer"])
def test_whoever_asks_a_package_itself_gets_what_it_has(name: str) -> None:
    package, _, attribute = name.rpartition(".")
    asked = f"import {package}\nfrom {package} import {attribute}\nprint({attribute}.__name__)"
    assert told(LINES + asked) == told(asked)


def test_a_library_that_was_imported_before_stays_as_it_is() -> None:
    code = f"import mcp, sys\n{LINES}print(type(mcp).__name__, sys.modules['mcp'] is mcp)"
    assert told(code) == ["module", "True"]
