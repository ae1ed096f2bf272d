"""Names that the supervisor makes."""

import os


def new_instance(release: str) -> str:
    """An instance of a release, and its server's name at the proxy: who answered can be read from it."""
    return f"{release}-{os.urandom(4).hex()}"


def release_of(instance: str) -> str:
    """The release of an instance, by its name."""
    return instance.rpartition("-")[0]
