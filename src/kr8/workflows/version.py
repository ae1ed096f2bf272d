"""The code version of the workflows, as the engine compares it."""

WORKFLOWS = 5
"""Raise it with every change that makes a half-done workflow unable to go on: other steps, other order, other results.

What an older version began is never replayed by a newer one: the deployment's state says how it is ended."""
