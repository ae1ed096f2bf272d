"""Terraform and OpenTofu, as checkers: nothing is downloaded, and no state is touched."""
