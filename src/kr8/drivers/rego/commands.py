"""What opa is told (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kr8.drivers.rego.calls import is_harmless
from kr8.drivers.rego.inputs import Input, combined


def environment(scratch: Path) -> dict[str, str]:
    """What it finds in its environment: nothing of anybody."""
    return {"HOME": str(scratch), "TMPDIR": str(scratch), "LC_ALL": "C.UTF-8"}


def capabilities(program: Path) -> tuple[str, ...]:
    """Print as JSON what a policy may call."""
    return (str(program), "capabilities", "--current")


def harmless(printed: bytes) -> bytes:
    """Those that are known to look at what they are given alone: a result must hold until the files change."""
    told: dict[str, Any] = json.loads(printed)
    builtins = [each for each in told["builtins"] if is_harmless(each["name"])]
    return json.dumps({**told, "builtins": builtins, "allow_net": []}).encode()


def question(inputs: tuple[Input, ...]) -> bytes:
    """What is judged: each object, and after the last all of them together."""
    values: list[Any] = [*(each.contents for each in inputs), combined(inputs)]
    return json.dumps({"inputs": values}, default=str).encode()


def evaluate(program: Path, policies: Path, allowed: Path, entries: Iterable[str]) -> tuple[str, ...]:
    """Print as JSON what each rule says of each input on standard input: `r0` is the first rule's."""
    each = '{"input": i, "said": said} | some i, given in input.inputs; some said in'
    asked = (f"r{number} := [{each} {entry} with input as given]" for number, entry in enumerate(entries))
    told = ("--format", "json", "--stdin-input", "--data", str(policies), "--capabilities", str(allowed))
    return (str(program), "eval", *told, "; ".join(asked))
