"""Names that the supervisor makes."""

import os


def new_instance(release: str) -> str:
    """An instance of a release, and its server's name at the proxy: who answered can be read from it."""
    return f"{release}-{os.urandom(4).hex()}"
