"""The environment of a child, built from nothing."""

from __future__ import annotations

from collections.abc import Mapping

INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")
DEFAULTS = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "LANG": "C.UTF-8"}


def environment(inherited: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """PATH, HOME, LANG and TMPDIR of `inherited`, and then what is given: no AWS_*, GIT_*, PYTHON*."""
    own = {name: inherited[name] for name in INHERITED if inherited.get(name)}
    return {**DEFAULTS, **own, **given}
