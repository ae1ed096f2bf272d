"""The conformance runner's tools."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from mcp.server.subscriptions import InMemorySubscriptionBus, PromptsListChanged, ToolsListChanged
from mcp.shared.exceptions import MCPError
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
    Tool,
)
from mcp.types.jsonrpc import INVALID_PARAMS, MISSING_REQUIRED_CLIENT_CAPABILITY
from tests.surfaces.everything.content import (
    DEFAULTS,
    ENUMS,
    EVERYTHING_SCHEMA,
    HEADER_SCHEMA,
    PLAIN_TOOLS,
    Json,
    form,
    text,
)
from tests.surfaces.everything.rounds import ROUNDS, Round

from kr8.surfaces.mcp.server import Context

Answer = CallToolResult | InputRequiredResult


def round_of(context: Context, params: Any) -> Round:
    """What a call brings into its round."""
    raw: Any = context.params or {}
    state: Any = raw.get("requestState")
    able = context.session.client_capabilities
    known = able.model_dump(exclude_none=True) if able is not None else {}
    return Round(raw.get("inputResponses") or {}, json.loads(state) if state else None, frozenset(known))


def outcome(answer: Json) -> Answer:
    """A result, or the wish for another round."""
    model = InputRequiredResult if answer.get("resultType") == "input_required" else CallToolResult
    return model.model_validate(answer)


class Tools:
    """Lists and calls them."""

    def __init__(self, bus: InMemorySubscriptionBus) -> None:
        self._bus = bus
        self._special: dict[str, Callable[[Context, Json], Awaitable[Json]]] = {
            "test_tool_with_logging": self._logging,
            "test_logging_tool": self._logging,
            "test_tool_with_progress": self._progress,
            "test_streaming_elicitation": self._progress,
            "test_error_handling": self._error,
            "test_sampling": self._sampling,
            "test_elicitation": self._elicitation,
            "test_elicitation_sep1034_defaults": self._defaults,
            "test_elicitation_sep1330_enums": self._enums,
            "test_missing_capability": self._capability,
            "test_trigger_tool_change": self._tool_change,
            "test_trigger_prompt_change": self._prompt_change,
            "json_schema_2020_12_tool": self._echo,
            "test_header": self._echo,
        }

    async def list(self, _: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        """All of them; their schemas are their own."""
        schemas = {
            "json_schema_2020_12_tool": EVERYTHING_SCHEMA,
            "test_header": HEADER_SCHEMA,
            "test_sampling": form(prompt="string"),
            "test_elicitation": form(message="string"),
        }
        names = [*PLAIN_TOOLS, *self._special, *ROUNDS]
        return ListToolsResult(
            tools=[Tool(name=n, description=n, input_schema=schemas.get(n, {"type": "object"})) for n in names]
        )

    async def call(self, context: Context, params: CallToolRequestParams) -> Answer:
        """Call one."""
        if params.name in ROUNDS:
            return outcome(ROUNDS[params.name](round_of(context, params)))
        if params.name in PLAIN_TOOLS:
            return outcome({"content": PLAIN_TOOLS[params.name]})
        if params.name not in self._special:
            raise MCPError(INVALID_PARAMS, f"there is no tool {params.name}")
        return outcome(await self._special[params.name](context, params.arguments or {}))

    async def _logging(self, context: Context, _: Json) -> Json:
        for said in ("started", "processing data", "completed"):
            await context.session.send_log_message(  # pyright: ignore[reportDeprecated]
                level="info", data=f"Tool {said}", related_request_id=context.request_id
            )
        return {"content": [text("Tool with logging executed successfully")]}

    async def _progress(self, context: Context, _: Json) -> Json:
        for done in (0, 50, 100):
            await context.session.report_progress(done, 100, f"Completed step {done} of 100")
        return {"content": [text("Tool with progress executed successfully")]}

    async def _error(self, _: Context, __: Json) -> Json:
        return {"content": [text("This tool intentionally returns an error for testing")], "isError": True}

    async def _sampling(self, context: Context, given: Json) -> Json:
        from mcp.types import CreateMessageRequest, CreateMessageResult  # noqa: PLC0415

        request = CreateMessageRequest.model_validate(
            {"params": {"messages": [{"role": "user", "content": text(given["prompt"])}], "maxTokens": 100}}
        )
        answer = await _back(context, request, CreateMessageResult)
        return {"content": [text(f"LLM response: {answer.content.text}")]}

    async def _elicitation(self, context: Context, given: Json) -> Json:
        return await _ask(context, given["message"], form(response="string"))

    async def _defaults(self, context: Context, _: Json) -> Json:
        return await _ask(context, "Please review the form fields with defaults", DEFAULTS)

    async def _enums(self, context: Context, _: Json) -> Json:
        return await _ask(context, "Please select options", ENUMS)

    async def _capability(self, context: Context, _: Json) -> Json:
        able = context.session.client_capabilities
        if able is None or able.sampling is None:
            data = {"requiredCapabilities": {"sampling": {}}}
            raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "sampling is needed", data)
        return {"content": [text("Success")]}

    async def _tool_change(self, _: Context, __: Json) -> Json:
        await self._bus.publish(ToolsListChanged())
        return {"content": [text("Tools changed")]}

    async def _prompt_change(self, _: Context, __: Json) -> Json:
        await self._bus.publish(PromptsListChanged())
        return {"content": [text("Prompts changed")]}

    async def _echo(self, _: Context, given: Json) -> Json:
        return {"content": [text(json.dumps(given))]}


async def _ask(context: Context, message: str, schema: Json) -> Json:
    from mcp.types import ElicitRequest, ElicitResult  # noqa: PLC0415

    request = ElicitRequest.model_validate({"params": {"mode": "form", "message": message, "requestedSchema": schema}})
    answer = await _back(context, request, ElicitResult)
    return {"content": [text(f"User response: action={answer.action}, content={json.dumps(answer.content)}")]}


async def _back(context: Context, request: Any, result: type[Any]) -> Any:
    """Ask the client on the stream of the call itself."""
    from mcp.shared.message import ServerMessageMetadata  # noqa: PLC0415

    metadata = ServerMessageMetadata(related_request_id=context.request_id)
    return await context.session.send_request(request, result, metadata=metadata)
