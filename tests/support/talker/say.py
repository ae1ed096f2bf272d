"""Prints every payload there is, and ends as it is told: `python3 say.py EXIT-CODE`."""

import sys
from pathlib import Path

sys.stdout.buffer.write(Path(__file__).with_name("payloads.txt").read_bytes())
sys.stdout.flush()
sys.exit(int(sys.argv[1]))
