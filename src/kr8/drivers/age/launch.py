"""Becomes a service, with its secrets in the environment: needs no daemon, and nobody but the service sees a value.

    python -m kr8.drivers.age.launch IDENTITY SEALED-FILE -- PROGRAM ARGUMENT…

Standard library and pyrage only: every start of an instance waits for it.
"""

import json
import os
import sys

import pyrage

EX_CONFIG = 78


def secrets_of(identity: str, sealed: str) -> dict[str, str]:
    """The environment in a sealed file. Raises ValueError where it belongs to another release."""
    with open(identity) as file:  # noqa: PTH123 - pathlib would add to every start
        key = pyrage.x25519.Identity.from_str(file.read().strip())
    with open(sealed, "rb") as file:  # noqa: PTH123
        context, values = json.loads(pyrage.decrypt(file.read(), [key]))
    release = sealed.split("/")[-2]
    if context != {"release": release}:
        raise ValueError(f"it was not sealed for {release}")
    return {str(name): str(value) for name, value in values.items()}


def main(arguments: list[str]) -> int:
    """Replace this process with the service; an exit code where that does not work."""
    identity, sealed, dashes, *argv = arguments
    if dashes != "--" or not argv:
        sys.stderr.write("usage: launch IDENTITY SEALED-FILE -- PROGRAM ARGUMENT…\n")
        return EX_CONFIG
    try:
        environment = {**os.environ, **secrets_of(identity, os.path.realpath(sealed))}
    except (OSError, ValueError, pyrage.DecryptError, pyrage.IdentityError) as error:
        sys.stderr.write(f"kr8: the secrets in {sealed} cannot be opened: {error}\n")
        return EX_CONFIG
    try:
        os.execvpe(argv[0], argv, environment)
    except OSError as error:
        sys.stderr.write(f"kr8: {argv[0]} cannot be started: {error.strerror}\n")
        return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
