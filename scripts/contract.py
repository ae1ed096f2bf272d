"""Write what is known of the operations without the daemon: `make contract`.

The bridge's answers, the golden list of tools, and the commands of the command line.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

from kr8.app import catalogue
from kr8.surfaces.cli.contract import contract_text
from kr8.surfaces.mcp.contract import contract_of

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = ROOT / "src" / "kr8" / "bridge" / "contract.json"
COMMANDS = ROOT / "src" / "kr8" / "surfaces" / "cli" / "catalogue.json"
TOOLS = ROOT / "tests" / "data" / "tools.json"


def written(document: dict[str, Any]) -> str:
    """The text of a file, the same for the same content."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def golden(contract: dict[str, Any]) -> dict[str, Any]:
    """The newest protocol's tools, and the hash that a client could pin."""
    newest = contract["answers"]["tools/list"]
    tools = contract["results"][newest[max(newest)]]["tools"]
    canonical = json.dumps(tools, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {"sha256": hashlib.sha256(canonical.encode()).hexdigest(), "tools": tools}


def main() -> None:
    """Write all three files."""
    COMMANDS.write_text(contract_text(catalogue()))
    contract = asyncio.run(contract_of(catalogue()))
    CONTRACT.write_text(written(contract))
    TOOLS.parent.mkdir(exist_ok=True)
    TOOLS.write_text(written(golden(contract)))


if __name__ == "__main__":
    main()
