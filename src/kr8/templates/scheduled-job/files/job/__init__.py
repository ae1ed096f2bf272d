"""Clears old files out of a folder."""
