"""`python -m kr8.supervisor --home DIR [--haproxy BIN]`"""

import argparse
import asyncio
import sys
from pathlib import Path

from kr8.supervisor.body import TakenError, UnusableError, find_haproxy, supervise
from kr8.supervisor.home import Home


def main() -> int:
    """In the foreground, until it is told to go."""
    parser = argparse.ArgumentParser(prog="python -m kr8.supervisor", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="KR8_HOME")
    parser.add_argument("--haproxy", help="the HAProxy binary; else KR8_HAPROXY, else the one on PATH")
    given = parser.parse_args()
    haproxy = find_haproxy(given.haproxy)
    if haproxy is None:
        print("no HAProxy was found: install it, or name it with --haproxy", file=sys.stderr)
        return 2
    try:
        asyncio.run(supervise(Home(given.home.resolve()), haproxy))
    except TakenError as error:
        print(error, file=sys.stderr)
        return 3
    except UnusableError as error:
        print(error, file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
