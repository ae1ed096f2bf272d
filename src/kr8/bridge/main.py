"""`kr8 mcp`."""

from __future__ import annotations

import os
import sys

from kr8.bridge.contract import Contract, read_contract
from kr8.bridge.conversation import Conversation
from kr8.bridge.home import find_home
from kr8.bridge.link import Link
from kr8.bridge.loop import Bridge
from kr8.bridge.starter import Starter
from kr8.version import VERSION

HELP = """\
Usage: kr8 mcp

Speak MCP on standard input and output, as an MCP client expects it of the command it starts:

    claude mcp add kr8 -- kr8 mcp

The work is done by the daemon of KR8_HOME, which is started if none runs.
"""


def main(arguments: list[str]) -> int:
    """Carry a conversation until the client ends it; the exit status."""
    if arguments:
        asked = arguments[0] in ("-h", "--help")
        print(HELP, file=sys.stdout if asked else sys.stderr, end="")
        return 0 if asked else 2
    home = find_home(os.environ)
    bridge = Bridge(Conversation(_contract()), Link(home), Starter(home), (0, 1))
    try:
        bridge.run()
    except (BrokenPipeError, KeyboardInterrupt):
        return 0
    return 0


def _contract() -> Contract | None:
    """The built contract, if it is of this version; without one the daemon answers everything."""
    try:
        contract = read_contract()
    except FileNotFoundError:
        return None
    return contract if contract.version == VERSION else None
