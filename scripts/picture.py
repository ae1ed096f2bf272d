"""Draw what a terminal showed as an SVG: `python -m scripts.picture FILE > docs/demo.svg`."""

from __future__ import annotations

import re
import sys
from html import escape
from pathlib import Path

COLUMNS = 118
WIDTH, HEIGHT, MARGIN = 8.4, 19, 18
CHAPTER = re.compile(r"^ *\d+\.\d s  ")
GOOD = re.compile(r"^  ✓ ")


def lines_of(text: str, columns: int = COLUMNS) -> list[str]:
    """The lines of a screen: long ones cut, with … at the end; empty ones at both ends left out."""
    rows = [row.rstrip() for row in text.strip("\n").splitlines()]
    return [row if len(row) <= columns else row[: columns - 1] + "…" for row in rows]


def colour_of(line: str) -> str:
    """What a line looks like: chapters and results stand out."""
    if CHAPTER.match(line):
        return "chapter"
    return "good" if GOOD.match(line) or (" failed, " in line and " requests at " in line) else "plain"


def draw(text: str) -> str:
    """The SVG. Text stays text, so that it can be searched and read aloud."""
    rows = lines_of(text)
    width, height = COLUMNS * WIDTH + 2 * MARGIN, len(rows) * HEIGHT + 2 * MARGIN
    drawn = "\n".join(
        f'<text class="{colour_of(row)}" x="{MARGIN}" y="{MARGIN + (number + 1) * HEIGHT - 5}">{escape(row)}</text>'
        for number, row in enumerate(rows)
        if row
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">
<title>The output of make demo</title>
<style>
rect {{ fill: #14161b }}
text {{ font: 14px ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre; fill: #c9ced6 }}
.chapter {{ fill: #7fd4e6; font-weight: bold }}
.good {{ fill: #8fd68a }}
</style>
<rect width="100%" height="100%" rx="8"/>
{drawn}
</svg>
"""


if __name__ == "__main__":
    sys.stdout.write(draw(Path(sys.argv[1]).read_text()))
