"""Builds and serves a static site."""
