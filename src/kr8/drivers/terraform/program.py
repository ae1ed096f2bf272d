"""Which Terraform or OpenTofu runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

TOFU = "tofu"
PROGRAMS = (TOFU, "terraform")


def program_of(environ: Mapping[str, str]) -> str | None:
    """The first on PATH that is no script, else a script; None: there is none."""
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    script = None
    for each in (shutil.which(name, path=folder) for name in PROGRAMS for folder in folders):
        if each is not None and not is_script(each):
            return each
        script = script or each
    return script


def is_script(program: str) -> bool:
    """Whether it starts another program: what kr8 starts may read its own file alone."""
    with open(program, "rb") as file:  # noqa: PTH123 - as PATH names it
        return file.read(2) == b"#!"
