"""The conformance runner's resources, prompts and the rest that kr8 itself does not offer."""

from __future__ import annotations

import json
import re
from typing import Any

from mcp.server.lowlevel.server import Server
from mcp.server.subscriptions import ListenHandler
from mcp.shared.exceptions import MCPError
from mcp.types import (
    CompleteRequestParams,
    CompleteResult,
    EmptyResult,
    GetPromptRequestParams,
    GetPromptResult,
    InputRequiredResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    SetLevelRequestParams,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    UnsubscribeRequestParams,
)
from mcp.types.jsonrpc import INVALID_PARAMS
from tests.surfaces.everything.content import PROMPTS, RESOURCES, prompt
from tests.surfaces.everything.rounds import prompt as round_of_prompt
from tests.surfaces.everything.tools import round_of

from kr8.surfaces.mcp.server import Context

_TEMPLATE = re.compile(r"test://template/([^/]+)/data")


def add_offers(server: Server[Any], listen: ListenHandler) -> None:
    """Register every handler besides the tools'."""
    server.add_request_handler("resources/list", PaginatedRequestParams, _resources)
    server.add_request_handler("resources/templates/list", PaginatedRequestParams, _templates)
    server.add_request_handler("resources/read", ReadResourceRequestParams, _read)
    server.add_request_handler("resources/subscribe", SubscribeRequestParams, _nothing)
    server.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, _nothing)
    server.add_request_handler("prompts/list", PaginatedRequestParams, _prompts)
    server.add_request_handler("prompts/get", GetPromptRequestParams, _prompt)
    server.add_request_handler("completion/complete", CompleteRequestParams, _complete)
    server.add_request_handler("logging/setLevel", SetLevelRequestParams, _nothing)
    server.add_request_handler("subscriptions/listen", SubscriptionsListenRequestParams, listen)


async def _resources(_: Context, __: PaginatedRequestParams) -> ListResourcesResult:
    listed = [{"uri": uri, "name": uri, "mimeType": kept["mimeType"]} for uri, kept in RESOURCES.items()]
    return ListResourcesResult.model_validate({"resources": listed})


async def _templates(_: Context, __: PaginatedRequestParams) -> ListResourceTemplatesResult:
    one = {"uriTemplate": "test://template/{id}/data", "name": "template", "mimeType": "application/json"}
    return ListResourceTemplatesResult.model_validate({"resourceTemplates": [one]})


async def _read(_: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
    uri = str(params.uri)
    found = RESOURCES.get(uri)
    if match := _TEMPLATE.fullmatch(uri):
        made = {"id": match[1], "templateTest": True, "data": f"Data for ID: {match[1]}"}
        found = {"mimeType": "application/json", "text": json.dumps(made)}
    if found is None:
        raise MCPError(INVALID_PARAMS, "Resource not found", {"uri": uri})
    return ReadResourceResult.model_validate({"contents": [{"uri": uri, **found}]})


async def _prompts(_: Context, __: PaginatedRequestParams) -> ListPromptsResult:
    listed = [
        {
            "name": name,
            "description": name,
            "arguments": [{"name": argument, "required": True} for argument in arguments],
        }
        for name, arguments in PROMPTS.items()
    ]
    return ListPromptsResult.model_validate({"prompts": listed})


async def _prompt(context: Context, params: GetPromptRequestParams) -> GetPromptResult | InputRequiredResult:
    if params.name == "test_input_required_result_prompt":
        answer = round_of_prompt(round_of(context, params))
        model = InputRequiredResult if "inputRequests" in answer else GetPromptResult
        return model.model_validate(answer)
    contents = prompt(params.name, params.arguments or {})
    return GetPromptResult.model_validate({"messages": [{"role": "user", "content": each} for each in contents]})


async def _complete(_: Context, __: CompleteRequestParams) -> CompleteResult:
    return CompleteResult.model_validate({"completion": {"values": [], "total": 0, "hasMore": False}})


async def _nothing(_: Context, __: Any) -> EmptyResult:
    return EmptyResult()
