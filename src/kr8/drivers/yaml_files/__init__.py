"""YAML files of any repository, read with places and within limits (pure)."""
