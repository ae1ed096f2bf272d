"""Becomes a service, with its secrets in the environment: needs no daemon, and nobody but the service sees a value.

    KR8_GIVEN=DESCRIPTOR,DESCRIPTOR KR8_THEN_NAME=VALUE… python -I -m kr8.drivers.age.launch RELEASE -- PROGRAM …

The descriptors are of the identity and of the sealed file: whoever started this has opened them, for it may not.
A commit chooses the variables of the service: they have other names here, so that none means anything while those are
open.
Standard library and pyrage only: every start of an instance waits for it.
"""

import json
import os
import sys
from collections.abc import Mapping

import pyrage

EX_CONFIG = 78
OWN = "KR8_"
GIVEN = "KR8_GIVEN"
THEN = "KR8_THEN_"


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


def environment_of(found: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    """The service's: its variables, its secrets, and the marks by which kr8 knows its processes, whatever it says."""
    own = {name: value for name, value in found.items() if not name.startswith(THEN) and name != GIVEN}
    later = {name.removeprefix(THEN): value for name, value in found.items() if name.startswith(THEN)}
    marks = {name: value for name, value in own.items() if name.startswith(OWN)}
    # A supervisor of before this form hands the variables over under their own names.
    return {**(later or own), **secrets, **marks}


def main(arguments: list[str]) -> int:
    """Replace this process with the service; an exit code where that does not work."""
    release, argv = arguments[:1], arguments[2:]
    if arguments[1:2] != ["--"] or not argv:
        sys.stderr.write("usage: launch RELEASE -- PROGRAM ARGUMENT…\n")
        return EX_CONFIG
    try:
        environment = environment_of(os.environ, secrets_of(release[0], os.environ.get(GIVEN, "")))
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
