"""What the daemon would answer to the questions every MCP client opens with, from a file made at build time."""

from __future__ import annotations

import json

from kr8.bridge.message import Object, as_object

HANDSHAKE = "initialize"
DISCOVER = "server/discover"
TOOLS = "tools/list"
_VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
_CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"


class Contract:
    """The recorded answers of one version of kr8.

    `document` is {"version", "results": [result, …], "answers": {method: {protocol version: index of its result}}}.
    """

    def __init__(self, document: Object) -> None:
        self.version: str = document["version"]
        self._results: list[Object] = document["results"]
        self._answers: dict[str, dict[str, int]] = document["answers"]

    def answer(self, request: Object, negotiated: str | None) -> Object | None:
        """The result of a request; None where only the daemon can say.

        `negotiated` is the protocol version of an answered handshake.
        """
        params = as_object(request.get("params"))
        versions = self._answers.get(request["method"])
        if versions is None or "cursor" in params:
            return None
        version = _version(request["method"], params, negotiated)
        index = versions.get(version) if isinstance(version, str) else None
        return None if index is None else self._results[index]

    def reads_only(self, tool: str) -> bool:
        """Whether a tool changes nothing, so that asking twice does no harm. An unknown tool might."""
        newest = max(self._answers[TOOLS].items(), default=None)
        tools: list[Object] = self._results[newest[1]]["tools"] if newest else []
        return any(each["name"] == tool and each["annotations"]["readOnlyHint"] for each in tools)


def _version(method: str, params: Object, negotiated: str | None) -> object:
    """The protocol version that a request is asked in; None where it is not said as it must be."""
    if method == HANDSHAKE:
        # An incomplete handshake is the daemon's to refuse.
        return params.get("protocolVersion") if {"capabilities", "clientInfo"} <= params.keys() else None
    meta = as_object(params.get("_meta"))
    if _VERSION_KEY in meta:
        return meta[_VERSION_KEY] if isinstance(meta.get(_CAPABILITIES_KEY), dict) and negotiated is None else None
    return negotiated


def read_contract() -> Contract:
    """The contract that was built into this installation. Raises FileNotFoundError where none was."""
    with open(f"{__file__.rsplit('/', 1)[0]}/contract.json", encoding="utf-8") as file:  # noqa: PTH123 - no pathlib here
        return Contract(json.load(file))
