"""Signatures by the SSH keys that people have."""
