"""Ansible and ansible-lint, as a checker: nothing is downloaded, nothing of the repository's own plugins is loaded."""
