"""Policies in Rego of the person and of the project, as a checker; Open Policy Agent itself evaluates them."""
