"""What Terraform is told (pure)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path


def configuration(providers: Mapping[str, Path]) -> str:
    """A CLI configuration: the providers given and no other, wherever somebody else's settings would look.

    By `dev_overrides`, so that nothing is installed: to hash a provider takes longer than to ask it.
    """
    lines = [f"    {json.dumps(name)} = {json.dumps(str(folder))}" for name, folder in sorted(providers.items())]
    body = "\n".join(["  dev_overrides {", *lines, "  }"])
    return f"disable_checkpoint = true\nprovider_installation {{\n{body}\n}}\n"


def environment(scratch: Path, cwd: Path) -> dict[str, str]:
    """What it finds in its environment: no settings, credentials or arguments of anybody."""
    return {
        "HOME": str(scratch),
        # Providers have their sockets there, and the kernel takes 107 bytes: in a deep home only a relative path fits.
        "TMPDIR": min(str(scratch), os.path.relpath(scratch, cwd), key=len),
        "TF_CLI_CONFIG_FILE": str(scratch / "configuration"),
        "TF_DATA_DIR": str(scratch / "data"),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        # It and its providers live for seconds: to tidy their memory less often saves a quarter of their time.
        "GOGC": "300",
    }


def version(program: str) -> tuple[str, ...]:
    """Print the version as JSON."""
    return (program, "version", "-json")


def layout(program: str) -> tuple[str, ...]:
    """Print how each file that is not laid out as `fmt` does it would be; evaluates nothing."""
    return (program, "fmt", "-check", "-diff", "-recursive", "-no-color", ".")


def get(program: str) -> tuple[str, ...]:
    """Note where the modules of a root are."""
    return (program, "get", "-no-color")


def validate(program: str) -> tuple[str, ...]:
    """Print what is wrong with a root as JSON."""
    return (program, "validate", "-json", "-no-color")


def test(program: str, files: Iterable[str]) -> tuple[str, ...]:
    """Run these files of tests in a root, and print what came of it as JSON, a line each."""
    return (program, "test", "-json", "-no-color", *(f"-filter={file}" for file in files))
