"""Secrets, sealed with age."""
