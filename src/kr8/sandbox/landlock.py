"""The kernel's Landlock: what a process, and all that it starts, may still do with files; it is never given back.

Source: the kernel's documentation, "Landlock: unprivileged access control"
(https://docs.kernel.org/userspace-api/landlock.html), and its include/uapi/linux/landlock.h.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from enum import IntFlag

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAPBSET_DROP = 24
_TCP = 0b11
"""To bind and to connect."""
_ATTRIBUTES = struct.Struct("=QQQ")
"""Handled rights on files, on the network, and scopes. An older kernel takes it too, where what it lacks is 0."""
_RULE = struct.Struct("=Qi")

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class Right(IntFlag):
    """What may be done with a file, or below a folder."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15
    RESOLVE_UNIX = 1 << 16


class Scope(IntFlag):
    """What reaches nobody outside."""

    ABSTRACT_UNIX_SOCKET = 1 << 0
    SIGNAL = 1 << 1


NOTHING = Right(0)
READ = Right.EXECUTE | Right.READ_FILE | Right.READ_DIR | Right.RESOLVE_UNIX
_ALL = Right((1 << 17) - 1)
WRITE = _ALL & ~(Right.MAKE_CHAR | Right.MAKE_BLOCK)
"""Everything but to make devices: by one, root would read a disk past every rule."""
_OF_A_FILE = int(READ & ~Right.READ_DIR | Right.WRITE_FILE | Right.TRUNCATE | Right.IOCTL_DEV)

_POWERS = (
    2,  # CAP_DAC_READ_SEARCH opens files by their number, without a path
    16,  # CAP_SYS_MODULE
    17,  # CAP_SYS_RAWIO reads all memory
    19,  # CAP_SYS_PTRACE
    21,  # CAP_SYS_ADMIN counts as CAP_PERFMON, too
    38,  # CAP_PERFMON reads the environment of every process
    39,  # CAP_BPF
    40,  # CAP_CHECKPOINT_RESTORE
)
"""Numbers of capabilities, of include/uapi/linux/capability.h."""

LEAST = 2
"""The version that is needed: with the one before, nothing could be renamed from a folder into another."""
SIGNALS_SINCE = 6
SOCKETS_SINCE = 9
TCP_SINCE = 4
_SINCE = {
    Right.REFER: 2,
    Right.TRUNCATE: 3,
    Right.IOCTL_DEV: 5,
    Right.RESOLVE_UNIX: SOCKETS_SINCE,
}


def version() -> int:
    """The version of the kernel's interface; 0: it has none, or it is switched off."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)))


def handled(version: int) -> Right:
    """The rights that a kernel of this version can withhold."""
    newer = NOTHING
    for right, since in _SINCE.items():
        newer |= right if since > version else NOTHING
    return _ALL & ~newer


def scopes(version: int) -> Scope:
    """What a kernel of this version can keep inside."""
    return Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL if version >= SIGNALS_SINCE else Scope(0)


@contextmanager
def ruleset(allowed: Mapping[str, int], *, offline: bool = False) -> Generator[int]:
    """A descriptor of rules: nothing is allowed but what is named, for each file, or folder with all below it.

    `offline`: no TCP either, where the kernel can withhold it. What is not there any more gets no rule. Raises OSError.
    """
    known = version()
    every = int(handled(known))
    attributes = _ATTRIBUTES.pack(every, _TCP if offline and known >= TCP_SINCE else 0, scopes(known))
    made = _done(_libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0))
    try:
        for path, rights in allowed.items():
            _allow(made, path, rights & every)
        yield made
    finally:
        os.close(made)


def enter(ruleset: int) -> None:
    """Withhold from this thread, and from all that it starts, what the rules do not allow. Raises OSError.

    What root could read by, around the rules, is gone with the next program that the thread becomes.
    """
    for power in _POWERS:
        _libc.prctl(_PR_CAPBSET_DROP, power, 0, 0, 0)  # refused to whoever has none of them
    _done(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _done(_libc.syscall(_RESTRICT_SELF, ruleset, 0))


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        held = os.open(path, os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return  # gone since it was listed, or in a folder that this user may not enter
    try:
        if not stat.S_ISDIR(os.fstat(held).st_mode):
            rights &= _OF_A_FILE
        if rights:
            _done(_libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, _RULE.pack(rights, held), 0))
    finally:
        os.close(held)


def _done(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
