"""The reference pages, made of what the code itself says."""
