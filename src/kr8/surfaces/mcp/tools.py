"""An operation as a tool."""

from __future__ import annotations

from mcp.types import ListToolsResult, Tool, ToolAnnotations

from kr8.catalogue.contract import hints, output_schema, tool_schema
from kr8.catalogue.operation import Catalogue, Operation
from kr8.surfaces.mcp.fitting import with_left_out
from kr8.surfaces.mcp.keys import with_key


def list_tools(catalogue: Catalogue) -> ListToolsResult:
    """The tools of an agent, in the order of their names."""
    return ListToolsResult(tools=[tool_of(each) for each in sorted(catalogue.for_agents(), key=lambda each: each.name)])


def tool_of(operation: Operation) -> Tool:
    """What a client is told of an operation."""
    return Tool(
        name=operation.name,
        description=operation.text,
        input_schema=with_key(operation, tool_schema(operation.request)),
        output_schema=with_left_out(output_schema(operation.response)),
        annotations=ToolAnnotations.model_validate(hints(operation)),
    )
