"""MCP: the tools of the catalogue, over lines and over streamable HTTP. The only place that knows the MCP library."""
