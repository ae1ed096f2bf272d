"""Operations, catalogue, health and MCP over the daemon's HTTP: its unix socket, and loopback."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client
from tests.support.tree import ROOT
from tests.support.waiting import wait_for
from tests.surfaces.house.process import ARGV, House, a_house

from kr8.sandbox.word import saying
from kr8.version import VERSION

Json = dict[str, Any]


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path
        self.run = str(Path(path).parent)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    return number


@pytest.fixture(scope="module")
def house(port: int) -> Iterator[House]:
    with a_house() as made, made.serving("--listen", f"127.0.0.1:{port}"):
        yield made


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Json]:
    sent = body if isinstance(body, str | None) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    proof = saying(connection.run) if isinstance(connection, UnixConnection) else {}
    connection.request(method, path, sent, {"Content-Type": "application/json", **proof, **named})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text) if text.startswith(b"{") else {}


@pytest.fixture
def unix(house: House) -> UnixConnection:
    return UnixConnection(house.home.api_socket)


@pytest.fixture
def tcp(house: House, port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def test_health_says_which_daemon_and_whether_it_is_ready(house: House, unix: UnixConnection) -> None:
    assert wait_for(lambda: ask(unix, "GET", "/healthz")[1]["ready"])
    assert ask(unix, "GET", "/healthz") == (200, {"version": VERSION, "pid": house.pid(), "ready": True})


def test_the_command_line_calls_an_operation_over_the_unix_socket(unix: UnixConnection) -> None:
    headers = {"X_Kr8_Caller": "ada", "X_Kr8_Directory": "/somewhere"}
    status, answer = ask(unix, "POST", "/v1/operations/read_note", {"name": "n1"}, **headers)
    assert (status, answer["result"]["caller"], answer["result"]["directory"]) == (200, "ada (cli)", "/somewhere")


def test_a_call_over_tcp_is_known_as_such(tcp: http.client.HTTPConnection) -> None:
    assert ask(tcp, "POST", "/v1/operations/read_note", {"name": "n1"})[1]["result"]["caller"] == "somebody (http)"


@pytest.mark.parametrize("said", ["", "0" * 32, "ß"])
def test_who_cannot_read_the_home_has_an_agents_rights_over_the_unix_socket(unix: UnixConnection, said: str) -> None:
    sent = {"X_Kr8_Word": said, "X_Kr8_Caller": "ada"}
    assert ask(unix, "POST", "/v1/operations/read_note", {"name": "n1"}, **sent)[1]["result"]["caller"] == "ada (http)"
    status, answer = ask(unix, "POST", "/v1/operations/sign_note", {"name": "n1"}, **sent)
    assert (status, answer["problem"]["code"]) == (403, "not_for_agents")


def test_what_is_for_people_works_where_people_are(unix: UnixConnection) -> None:
    assert ask(unix, "POST", "/v1/operations/sign_note", {"name": "n1"}) == (200, {"result": {"path": "n1"}})


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("read_note", {"nmae": "n1"}, 400, "unknown_argument"),
        ("read_note", {}, 400, "missing_argument"),
        ("read_note", "[]", 400, "invalid_argument"),
        ("read_note", "{", 400, "invalid_argument"),
        ("raed_note", {}, 404, "unknown_operation"),
        ("shred_note", {"name": "n1"}, 503, "note_stuck"),
        ("break_note", {}, 500, "internal_error"),
    ],
)
def test_a_problem_has_a_status(unix: UnixConnection, name: str, body: Any, status: int, code: str) -> None:
    answered, answer = ask(unix, "POST", f"/v1/operations/{name}", body)
    assert (answered, answer["problem"]["code"]) == (status, code)


def test_a_key_in_the_header_is_done_once(house: House, unix: UnixConnection) -> None:
    begun, opens = house.folder / "begun", house.folder / "opens"
    opens.touch()
    call = ("POST", "/v1/operations/open_door", {"path": str(opens), "begun": str(begun)})
    first = ask(unix, *call, Idempotency_Key="k1")
    begun.unlink()
    assert first == (200, {"result": {"path": str(opens)}})
    assert ask(unix, *call, Idempotency_Key="k1") == (200, {**first[1], "repeated": True})
    assert not begun.exists()
    assert ask(unix, *call, Idempotency_Key="k2") == first and begun.exists()
    status, answer = ask(unix, "POST", call[1], {**call[2], "path": "/"}, Idempotency_Key="k1")
    assert (status, answer["problem"]["code"]) == (422, "idempotency_key_reused")
    status, answer = ask(unix, *call, Idempotency_Key="no key")
    assert (status, answer["problem"]["field"]) == (400, "idempotency_key")


def test_fifty_programs_with_one_key_are_one_call(house: House) -> None:
    begun, opens = house.folder / "begun50", house.folder / "opens50"
    body = {"path": str(opens), "begun": str(begun)}

    def call(_: int) -> tuple[int, Json]:
        connection = UnixConnection(house.home.api_socket)
        return ask(connection, "POST", "/v1/operations/open_door", body, Idempotency_Key="k50")

    with ThreadPoolExecutor(50) as threads:
        asked = [threads.submit(call, number) for number in range(50)]
        wait_for(begun.exists)
        begun.unlink()
        opens.touch()
        answers = [each.result() for each in asked]
    assert [status for status, _ in answers] == [200] * 50 and not begun.exists()
    assert sum("repeated" not in answer for _, answer in answers) == 1


def test_a_body_that_a_plain_form_could_send_is_refused(unix: UnixConnection) -> None:
    assert ask(unix, "POST", "/v1/operations/read_note", {"name": "n"}, Content_Type="text/plain")[0] == 415


def test_a_body_without_end_is_refused(unix: UnixConnection) -> None:
    assert ask(unix, "POST", "/v1/operations/read_note", {"name": "x" * (5 << 20)})[0] == 400


def test_the_catalogue_has_every_operation_and_whom_it_is_for(unix: UnixConnection) -> None:
    status, answer = ask(unix, "GET", "/v1/catalogue")
    operations = {each["name"]: each for each in answer["operations"]}
    assert status == 200 and answer["version"] == VERSION and len(operations) == 7
    assert operations["sign_note"]["audience"] == "people" and operations["sign_note"]["command"] == "note sign"


HOSTS = {
    "127.0.0.1:{port}": True,
    "localhost:{port}": True,
    "[::1]:{port}": True,
    "evil.example:{port}": False,
    "127.0.0.1.evil.example:{port}": False,
    "localhost.evil.example": False,
    "127.0.0.1:1": False,
    "localhost:{port}.evil.example": False,
    "": False,
}
ORIGINS = {
    None: True,
    "http://127.0.0.1:{port}": True,
    "http://localhost:{port}": True,
    "http://localhost:1": False,
    "https://localhost:{port}": False,
    "http://evil.example": False,
    "http://localhost:{port}.evil.example": False,
    "null": False,
}


@pytest.mark.parametrize("path", ["/healthz", "/v1/operations/read_note", "/mcp"])
@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("host", HOSTS)
def test_a_web_page_from_elsewhere_cannot_reach_the_daemon(
    tcp: http.client.HTTPConnection, port: int, host: str, origin: str | None, path: str
) -> None:
    headers = {"Host": host.format(port=port), "Accept": "application/json, text/event-stream"}
    if origin is not None:
        headers["Origin"] = origin.format(port=port)
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "page", "version": "1"}}
    bodies: Json = {
        "/v1/operations/read_note": {"name": "n"},
        "/mcp": {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
    }
    status = ask(tcp, "POST" if path in bodies else "GET", path, bodies.get(path), **headers)[0]
    expected = 421 if not HOSTS[host] else 200 if ORIGINS[origin] else 403
    # A request without any Host is refused by the HTTP parser itself.
    assert status == (expected if host else 421)


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "192.0.2.1:8700"])
def test_an_address_that_others_can_reach_is_refused(house: House, address: str, tmp_path: Path) -> None:
    env = house.environment(KR8_HOME=f"{house.folder}/other")
    argv = [*ARGV, "serve", "--listen", address]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "refused" in done.stderr and "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told(house: House, port: int) -> None:
    env = house.environment(KR8_HOME=f"{house.folder}/third", KR8_LISTEN=f"127.0.0.1:{port}")
    done = subprocess.run([*ARGV, "serve"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and f"127.0.0.1:{port}" in done.stderr and "Traceback" not in done.stderr


def test_the_sockets_are_their_owners_alone(house: House) -> None:
    for path in (house.home.api_socket, house.home.mcp_socket):
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(house.home.run).stat().st_mode) == 0o700


@pytest.mark.parametrize("era", ["legacy", "auto"])
def test_an_mcp_client_works_over_http(house: House, port: int, era: str) -> None:
    async def talk() -> tuple[list[str], Json]:
        async with Client(f"http://127.0.0.1:{port}/mcp", mode=era) as client:
            tools = await client.list_tools()
            answer = await client.call_tool("read_note", {"name": "n1"})
            return [tool.name for tool in tools.tools], answer.structured_content

    names, answer = asyncio.run(talk())
    assert "read_note" in names and "sign_note" not in names
    assert answer["id"] == "n1" and answer["caller"].endswith("(mcp)")
