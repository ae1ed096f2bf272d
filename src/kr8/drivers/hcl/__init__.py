"""Terraform's language, read with places."""
