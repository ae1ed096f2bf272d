"""Lines of TOML, for what kr8 writes itself (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping


def lines(table: Mapping[str, object]) -> list[str]:
    """A line each key: JSON's texts, numbers, booleans and lists are TOML's, but for the character DEL."""
    return [
        f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f") for key, value in table.items()
    ]
