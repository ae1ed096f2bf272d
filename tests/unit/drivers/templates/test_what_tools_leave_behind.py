"""What a linter or an interpreter leaves in a template's folder is no part of the template."""

from __future__ import annotations

from pathlib import Path

import pytest

from kr8.drivers.templates.contents import read


@pytest.mark.parametrize("left", ["__pycache__", ".ruff_cache", ".mypy_cache", ".pytest_cache"])
def test_it_is_not_read(tmp_path: Path, left: str) -> None:
    (tmp_path / "template.toml").write_text('name = "a"\n')
    for path in (f"files/{left}/0.1/x", f"files/app/{left}/y", "files/app/main.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"\xff")
    assert [file.path for file in read(tmp_path)] == ["files/app/main.py", "template.toml"]
