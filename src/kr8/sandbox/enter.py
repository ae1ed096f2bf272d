"""Become a program that may do no more than some rules allow.

python -I -m kr8.sandbox.enter RULESET PROGRAM ARGUMENT…
"""

import os
import sys

from kr8.sandbox.landlock import enter


def main(ruleset: int, argv: list[str]) -> None:
    """Enter what the descriptor holds, and replace this process."""
    enter(ruleset)
    os.close(ruleset)
    os.execvp(argv[0], argv)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
