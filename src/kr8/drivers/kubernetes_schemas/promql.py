"""Runs in the tool's own environment: which expressions are PromQL, from standard input to standard output.

In: a list of texts. Out: a line for each, null, or why it is none. An expression can end this process: what was
answered before it is out by then, and how many lines there are says which one it was.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

parser: Any = import_module("promql_parser")
"""It is not in kr8's own environment."""


def judge(text: str) -> str | None:
    """Why a text is no PromQL."""
    try:
        parser.parse(text)
    except ValueError as error:
        return str(error)[:500]
    return None


if __name__ == "__main__":
    for each in json.load(sys.stdin):
        print(json.dumps(judge(each)), flush=True)
