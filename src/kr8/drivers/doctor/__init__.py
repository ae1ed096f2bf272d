"""Looks at the parts that kr8 stands on."""
