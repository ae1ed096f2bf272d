"""Become a Python program for which the kernel has no Landlock: a filter of system calls answers in its place.

    python3 without_landlock.py ARGUMENT…

Source: the kernel's include/uapi/linux/seccomp.h and filter.h.
"""

import ctypes
import errno
import os
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, FILTER = 22, 38, 2
LOAD, AT_LEAST, ABOVE, RETURN = 0x20, 0x35, 0x25, 0x06
REFUSE, ALLOW = 0x0005_0000 | errno.ENOSYS, 0x7FFF_0000
PROGRAM = (
    (LOAD, 0, 0, 0),  # the number of the call
    (AT_LEAST, 0, 2, 444),
    (ABOVE, 1, 0, 446),
    (RETURN, 0, 0, REFUSE),
    (RETURN, 0, 0, ALLOW),
)


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def forget_landlock() -> None:
    """Have the three system calls be unknown to this process and all that it starts."""
    code = b"".join(struct.pack("=HBBI", *each) for each in PROGRAM)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(_Filter(len(PROGRAM), code)), 0, 0):
        raise OSError(ctypes.get_errno(), "the filter was refused")


if __name__ == "__main__":
    forget_landlock()
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
