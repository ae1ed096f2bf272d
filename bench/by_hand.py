"""The same tools as somebody runs them by hand: one after the other, told no more than where the files are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.drivers.terraform import mirror
from kr8.drivers.toolbox.places import places

LIMIT_S = 600
PROVIDER = "hashicorp/aws"
TOOLS = ("checkov", "terraform", "ansible-lint")


def seconds(project: Path) -> dict[str, float]:
    """How long checkov, terraform and ansible-lint take over a project's infrastructure code, by tool.

    `terraform init` is counted too: without it there is no `terraform validate`. Raises RuntimeError where a tool did
    not do what it was asked.
    """
    took: dict[str, float] = {}
    with TemporaryDirectory(prefix="kr8-by-hand-") as scratch:
        environment = _environment(Path(scratch))
        infrastructure = shutil.copytree(project / "infra", Path(scratch, "infra"))
        for tool, argv, folder in _commands(infrastructure):
            began = time.perf_counter()
            done = subprocess.run(
                argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
            )
            took[tool] = took.get(tool, 0) + time.perf_counter() - began
            if done.returncode:
                raise RuntimeError(f"{' '.join(argv)} in {folder}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    if len(took) != len(TOOLS):
        raise RuntimeError(f"of {', '.join(TOOLS)} only {', '.join(took)} had anything to look at")
    return took


def _commands(infrastructure: Path) -> Iterator[tuple[str, tuple[str, ...], Path]]:
    tools = places(Path(os.environ["KR8_TOOLS"]))
    checkov, lint = tools["checkov"].program("checkov"), tools["ansible-lint"].program("ansible-lint")
    yield (
        "checkov",
        (str(checkov), "--directory", ".", "--quiet", "--compact", "--skip-download", "--soft-fail"),
        infrastructure,
    )
    for root in sorted(path.parent for path in infrastructure.glob("terraform/*/*/terraform.tfvars")):
        yield "terraform", ("terraform", "init", "-backend=false", "-input=false"), root
        yield "terraform", ("terraform", "validate"), root
    yield "ansible-lint", (str(lint), "--offline"), infrastructure / "ansible"


def _environment(scratch: Path) -> dict[str, str]:
    """Providers of this machine: nothing is downloaded."""
    folder = next(iter(mirror.find(os.environ)[PROVIDER].values())).parents[4]
    settings = scratch / "terraform.rc"
    settings.write_text(
        f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(str(folder))}\n  }}\n}}\n"
    )
    lint = places(Path(os.environ["KR8_TOOLS"]))["ansible-lint"].program("ansible-lint").parent
    return {
        **os.environ,
        "HOME": str(scratch),
        "PATH": os.pathsep.join((str(lint), os.environ["PATH"])),
        "TF_CLI_CONFIG_FILE": str(settings),
        "LOG_LEVEL": "CRITICAL",
    }
