"""What the server answers to the questions that every client opens with, once per protocol version: for the bridge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import anyio
from mcp.server.lowlevel.server import Server
from mcp.shared.message import SessionMessage
from mcp.types import CLIENT_CAPABILITIES_META_KEY, PROTOCOL_VERSION_META_KEY, CallToolRequestParams, CallToolResult
from mcp.types.jsonrpc import JSONRPCNotification, JSONRPCRequest, JSONRPCResponse
from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from kr8.catalogue.operation import Catalogue
from kr8.surfaces.mcp.server import Context, build_server
from kr8.surfaces.mcp.tools import list_tools
from kr8.version import VERSION

Answers = dict[str, dict[str, Any]]
_CLIENT = {"name": "contract", "version": VERSION}


async def contract_of(catalogue: Catalogue) -> dict[str, Any]:
    """The document of kr8.bridge.contract, asked of the real server."""
    server = build_server(lambda _, __: _now(list_tools(catalogue)), _no_call)
    answers: dict[str, Answers] = {"initialize": {}, "server/discover": {}, "tools/list": {}}
    for version in HANDSHAKE_PROTOCOL_VERSIONS:
        hello = {"protocolVersion": version, "capabilities": {}, "clientInfo": _CLIENT}
        answers["initialize"][version], answers["tools/list"][version] = await _ask(
            server, [("initialize", hello), ("tools/list", {})]
        )
    for version in MODERN_PROTOCOL_VERSIONS:
        meta: dict[str, Any] = {"_meta": {PROTOCOL_VERSION_META_KEY: version, CLIENT_CAPABILITIES_META_KEY: {}}}
        answers["server/discover"][version], answers["tools/list"][version] = await _ask(
            server, [("server/discover", meta), ("tools/list", meta)]
        )
    return _shared(answers)


async def _ask(server: Server[Any], requests: list[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """The results of requests on one connection."""
    to_server, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, from_server = anyio.create_memory_object_stream[SessionMessage](0)
    results: list[dict[str, Any]] = []
    async with anyio.create_task_group() as group, to_server, from_server:
        group.start_soon(server.run, incoming, outgoing, server.create_initialization_options())
        for number, (method, params) in enumerate(requests):
            await to_server.send(
                SessionMessage(JSONRPCRequest(jsonrpc="2.0", id=number, method=method, params=dict(params)))
            )
            answer = (await from_server.receive()).message
            if not isinstance(answer, JSONRPCResponse):
                raise RuntimeError(f"{method} was answered with {answer!r}")
            results.append(answer.result)
            if method == "initialize":
                ready = JSONRPCNotification(jsonrpc="2.0", method="notifications/initialized")
                await to_server.send(SessionMessage(ready))
        group.cancel_scope.cancel()
    return results


def _shared(answers: dict[str, Answers]) -> dict[str, Any]:
    """Results that are equal are written once."""
    results: list[dict[str, Any]] = []
    places: dict[str, int] = {}

    def place(result: dict[str, Any]) -> int:
        text = json.dumps(result, sort_keys=True)
        if text not in places:
            places[text] = len(results)
            results.append(result)
        return places[text]

    index = {method: {version: place(result) for version, result in by.items()} for method, by in answers.items()}
    return {"version": VERSION, "answers": index, "results": results}


async def _now(value: Any) -> Any:
    return value


async def _no_call(_: Context, params: CallToolRequestParams) -> CallToolResult:
    raise RuntimeError(f"{params.name} is not to be called while the contract is made")
