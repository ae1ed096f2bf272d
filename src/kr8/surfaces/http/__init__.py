"""The daemon's HTTP: every operation, the catalogue, health, and MCP at /mcp."""
