"""What became of generated files, or would, and every difference behind them."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.render import fields
from kr8.surfaces.cli.render.difference import difference

MOST_LINES = 20
"""How many files have a line each; of more, those that became the same have one for each folder."""
DEPTH = 4
"""How deep these folders lie: infra/terraform/modules/network, infra/ansible/roles/proxy."""


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """The fields, the differences behind them, and what is next at the end."""
    yield from fields.lines({**value, "files": [*_rows(value["files"])], "next_step": ""})
    for each in value["files"]:
        if each["written"] == "conflict":
            yield Line(f"conflict: {each['path']} (- as it is, + as it is generated)", Tone.WARNING)
        yield from difference(each["untrusted_difference"])
    yield from fields.lines({"next_step": value["next_step"]})


def _rows(files: list[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    if len(files) <= MOST_LINES:
        yield from (_row(each) for each in files)
        return
    for (folder, written), alike in groupby(files, key=lambda each: (_folder(each["path"]), each["written"])):
        some = [*alike]
        if len(some) == 1 or written == "conflict":
            yield from (_row(each) for each in some)
        else:
            yield {"path": f"{folder}/ ({len(some)} files)", "written": written}


def _row(file: Mapping[str, Any]) -> dict[str, str]:
    return {"path": file["path"], "written": file["written"]}


def _folder(path: str) -> str:
    return str(PurePosixPath(*PurePosixPath(path).parent.parts[:DEPTH]))
