"""`kr8 mcp`: a byte bridge between an MCP client and the daemon. Standard library only, small and quick to start."""
