"""checkov, in a warm child of its own environment."""
