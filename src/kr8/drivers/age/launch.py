"""Becomes a service, with its secrets in the environment: needs no daemon, and nobody but the service sees a value.

    KR8_GIVEN=DESCRIPTOR,DESCRIPTOR python -m kr8.drivers.age.launch RELEASE -- PROGRAM ARGUMENT…

The descriptors are of the identity and of the sealed file: whoever started this has opened them, for it may not.
Standard library and pyrage only: every start of an instance waits for it.
"""

import json
import os
import sys

import pyrage

EX_CONFIG = 78
GIVEN = "KR8_GIVEN"


def secrets_of(release: str, given: str) -> dict[str, str]:
    """The environment in a sealed file. Raises ValueError where it belongs to another release, OSError."""
    identity, sealed = map(int, given.split(","))
    with open(identity) as file:  # noqa: PTH123 - a descriptor, not a path
        key = pyrage.x25519.Identity.from_str(file.read().strip())
    with open(sealed, "rb") as file:  # noqa: PTH123
        context, values = json.loads(pyrage.decrypt(file.read(), [key]))
    if context != {"release": release}:
        raise ValueError(f"it was not sealed for {release}")
    return {str(name): str(value) for name, value in values.items()}


def main(arguments: list[str]) -> int:
    """Replace this process with the service; an exit code where that does not work."""
    release, argv = arguments[:1], arguments[2:]
    if arguments[1:2] != ["--"] or not argv:
        sys.stderr.write("usage: launch RELEASE -- PROGRAM ARGUMENT…\n")
        return EX_CONFIG
    try:
        environment = {**os.environ, **secrets_of(release[0], os.environ.get(GIVEN, ""))}
        environment.pop(GIVEN, None)
    except (OSError, ValueError, pyrage.DecryptError, pyrage.IdentityError) as error:
        sys.stderr.write(f"kr8: the secrets of {release[0]} cannot be opened: {error}\n")
        return EX_CONFIG
    try:
        os.execvpe(argv[0], argv, environment)
    except OSError as error:
        sys.stderr.write(f"kr8: {argv[0]} cannot be started: {error.strerror}\n")
        return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
