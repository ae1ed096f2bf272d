"""What a build has left can be removed, whatever it did to its folders."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kr8.drivers.build.places import Place

NOBODY = 65534


@contextmanager
def ordinary_user(folder: Path) -> Generator[None]:
    """Be one, in a folder of theirs: root may enter what is closed."""
    before, is_root = Path.cwd(), os.geteuid() == 0
    os.chdir(folder)
    if is_root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        os.chdir(before)


@pytest.mark.parametrize("mode", [0o000, 0o200, 0o400, 0o500])
def test_a_folder_that_its_own_user_may_not_enter_is_removed(tmp_path: Path, mode: int) -> None:
    with ordinary_user(tmp_path):
        place = Place(Path("builds"), "bld_0123456789abcdef")
        place.clear()
        closed = place.files / "closed"
        (closed / "deeper").mkdir(parents=True)
        (closed / "deeper" / "file").write_text("left")
        (closed / "deeper").chmod(mode)
        closed.chmod(mode)
        place.files.chmod(mode)
        place.remove()
        assert not place.folder.exists()


def test_a_link_out_is_removed_and_what_it_leads_to_is_left_as_it_is(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o500)
    place = Place(tmp_path / "builds", "bld_0123456789abcdef")
    place.clear()
    (place.home / "link").symlink_to(outside)
    place.leave_files()
    assert not place.home.exists() and outside.stat().st_mode & 0o777 == 0o500
