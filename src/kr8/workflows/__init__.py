"""Durable steps, written once for every target."""
