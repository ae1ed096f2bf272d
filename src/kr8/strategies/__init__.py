"""Strategies: how traffic moves to a new release. One file each, found by the kind in its name."""
