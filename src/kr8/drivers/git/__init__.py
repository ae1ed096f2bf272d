"""Repositories, by the git binary."""
