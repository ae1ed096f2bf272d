"""The operations of the server `kr8`."""
