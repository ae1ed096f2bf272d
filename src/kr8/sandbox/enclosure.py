"""What is left of the file system to one process: a right for everything, and others for some places."""

import os
from collections.abc import Iterable, Iterator, Mapping


def rules(right: int, places: Mapping[str, int]) -> dict[str, int]:
    """What to allow, so that everything has `right`, and each place named, with all below it, its own instead.

    Landlock allows and never forbids: a folder with something closed below it cannot be allowed as a whole. What lies
    beside the way there is allowed instead, as it is now; in the folders of that way nothing can be listed or made.
    `places` are real paths, without links.
    """
    # Plain numbers: a flag of `enum` takes longer for each of some hundred paths than the kernel.
    return dict(_below("/", int(right), {path: int(own) for path, own in places.items()}, 0))


def _below(folder: str, right: int, places: Mapping[str, int], has: int) -> Iterator[tuple[str, int]]:
    """`has`: what the folder has by the rules of those above it."""
    inside = f"{folder.rstrip('/')}/"
    deeper = {path: own for path, own in places.items() if path.startswith(inside) and path != folder}
    everywhere = right
    for own in set(deeper.values()):
        everywhere &= own
    if everywhere & ~has:
        yield folder, everywhere
        has |= everywhere
    ways = _entries(folder) if right & ~has else _outermost(deeper)
    for path in ways:
        yield from _below(path, places.get(path, right), deeper, has)


def _outermost(paths: Iterable[str]) -> Iterator[str]:
    """Those that lie in no other."""
    outer = ""
    for path in sorted(f"{each}/" for each in paths):
        if not outer or not path.startswith(outer):
            outer = path
            yield path[:-1]


def _entries(folder: str) -> list[str]:
    """What lies in a folder. A link is no place: what it leads to is one."""
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if not entry.is_symlink()]
    except OSError:
        return []  # a folder that this user may not list
