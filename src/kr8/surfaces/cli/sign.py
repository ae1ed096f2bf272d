"""A person's signature, made by ssh-keygen.

It is started here and not by the process driver: it asks for a passphrase, or for a touch of a security key, on the
terminal of the person who approves, and the daemon must never stand between them.
"""

import subprocess
from pathlib import Path

from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.problem import Failed, Problem

KEYS = ("id_ed25519_sk", "id_ecdsa_sk", "id_ed25519")


def sign(text: str, key: Path, namespace: str) -> str:
    """The signature of a text, in the armoured form of `ssh-keygen -Y sign`. Raises Failed where there is none."""
    argv = ["ssh-keygen", "-Y", "sign", "-q", "-n", namespace, "-f", str(key.absolute())]
    try:
        done = subprocess.run(argv, input=text.encode(), stdout=subprocess.PIPE, check=False)
    except FileNotFoundError as error:
        mend = "Install OpenSSH's client (Debian, Ubuntu: apt install openssh-client)."
        raise _not_signed("ssh-keygen is not on the PATH.", mend) from error
    if done.returncode or not done.stdout:
        why = f"ssh-keygen ended with status {done.returncode}; what it said stands above."
        raise _not_signed(
            why, f"Is {key} a private key of yours, or a public one that your ssh-agent holds the key of?"
        )
    return done.stdout.decode()


def default_key(folder: Path) -> Path:
    """The first key that ssh would use, security keys before files. Raises Failed where there is none."""
    for name in KEYS:
        if (folder / name).is_file():
            return folder / name
    mend = "Say which: --key FILE. A new one: ssh-keygen -t ed25519, with a passphrase."
    raise _not_signed(f"There is no {', '.join(KEYS)} in {folder}.", mend)


def key_of(given: str | None) -> Path:
    """The key to sign with. Raises Failed where none is given and there is none to assume."""
    return Path(given) if given else default_key(Path.home() / ".ssh")


def _not_signed(why: str, mend: str) -> Failed:
    problem = Problem("not_signed", "It was not signed, and nothing was sent.", why, mend, "key")
    return Failed(problem, ExitCode.REFUSED)
