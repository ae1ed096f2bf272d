"""What zizmor has changed safely, as edits of its findings."""

from __future__ import annotations

import json
from typing import Any

from kr8.domain.edits import Edit
from kr8.drivers.zizmor.edits import edits, mended


def finding(ident: str, line: int, disposition: str = "safe", path: str = "a.yml", **more: Any) -> dict[str, Any]:
    """What zizmor says of a line."""
    symbolic = {"kind": "Primary", "annotation": "", "key": {"Local": {"verbatim_path": path}}}
    location = {"symbolic": symbolic, "concrete": {"location": {"start_point": {"row": line - 1}}}}
    fixes = [{"title": "mend it", "disposition": disposition}] if disposition else []
    return {"ident": ident, "ignored": False, "locations": [location], "fixes": fixes, **more}


def test_files_are_mended_whose_mends_are_all_safe_and_wanted() -> None:
    told = [
        finding("unsound-condition", 12),
        finding("obfuscation", 3),
        finding("artipacked", 9, "unsafe"),
        finding("artipacked", 9, ""),
        finding("unsound-condition", 5, path="ignored.yml", ignored=True),
        finding("obfuscation", 1, path="newer.yml"),
        finding("self-repository", 2, path="newer.yml"),
    ]
    assert mended(json.dumps(told).encode()) == {"a.yml": (("zizmor/unsound-condition", 12), ("zizmor/obfuscation", 3))}


def test_each_difference_is_an_edit_for_the_finding_that_is_next_to_it() -> None:
    before, after = "a\nb\nc\nd\ne\n", "a\nB\nc\nd\nE\nF\n"
    made = list(edits("a.yml", before, after, (("zizmor/one", 1), ("zizmor/two", 5))))
    assert made == [
        Edit(rule="zizmor/one", path="a.yml", line=2, old=("b",), new=("B",)),
        Edit(rule="zizmor/two", path="a.yml", line=5, old=("e",), new=("E", "F")),
    ]
