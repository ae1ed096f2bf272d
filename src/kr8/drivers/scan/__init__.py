"""Looks for secrets in commits."""
