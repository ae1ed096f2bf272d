"""TOML texts: where their keys stand, and what is wrong in them, in words."""
