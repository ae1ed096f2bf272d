"""Write the reference: `make docs`. `--check` writes nothing, names the pages that are stale, and ends with 1."""

from __future__ import annotations

import sys
from pathlib import Path

from kr8.domain.model import Model

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


def main(arguments: list[str]) -> int:
    """Write every page, or check them; the exit status."""
    # Before any other model is made: the texts under its fields become descriptions. Here alone, so that whoever only
    # imports this page has the product's own models.
    Model.model_config["use_attribute_docstrings"] = True
    from scripts.reference.pages import PAGES  # noqa: PLC0415

    if arguments == ["--check"]:
        stale = [name for name, make in PAGES.items() if (FOLDER / name).read_text() != make()]
        print("\n".join(stale))
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
