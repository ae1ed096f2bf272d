"""Files that outlive the supervisor: written whole, and never in the way, whatever a disk has left of them."""

from itertools import count
from pathlib import Path


def write_down(path: Path, text: str) -> str:
    """Replace a file so that nobody ever sees a part of it; why it could not be, for traffic does not wait for it."""
    draft = path.with_name(path.name + ".new")
    try:
        draft.touch(0o600)
        draft.write_text(text)
        draft.rename(path)
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    return ""


def make_way(path: Path) -> str:
    """Set a folder aside that stands in a file's place; what was done, in a sentence, if anything."""
    if path.is_symlink() or not path.is_dir():
        return ""
    return f"a folder stood in the place of {path}; it is {set_aside(path).name} now"


def set_aside(path: Path) -> Path:
    """Rename what is there, so that it can be looked at; its new place."""
    places = (path.with_name(f"{path.name}.aside-{number}") for number in count(1))
    aside = next(place for place in places if not place.exists())
    return path.rename(aside)
