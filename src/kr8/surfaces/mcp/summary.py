"""What an answer says in text: for clients that show their model nothing else, in the room beside the answer itself.

Text from outside is never said as a sentence of kr8's: of fields that may have it, only what is a word by its form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

# Ids, states, numbers, times: no spaces, so that no text from outside can be read as a sentence of kr8's.
_WORD = re.compile(r"[\w.:@/+-]{1,80}")
SENTENCES = ("what", "why", "mend")
"""The fields of a problem that are kr8's own words."""
NEXT = "next_step"
OUTSIDE = "untrusted"
"""How the names of fields begin that have text from outside, and the flag of entries that do."""
LEFT_OUT = ("link", "security")
"""What is long and says little in a line."""
PLANNED = ("touches", "undone_by")
"""What a plan changes, in kr8's own words."""
SAID = ("what", "mend")
"""What an entry says of itself in kr8's own words."""
OWN = ("description", "text")
"""The same where the entry says that nothing in it is from outside."""
Entry = dict[str, Any]


def summary(response: Entry, room: int) -> str:
    """The plain values of a response, what is next, and then its entries, a line each, in so many characters."""
    rest = {name: each for name, each in response.items() if name not in (NEXT, *PLANNED)}
    planned = [f"{name}: {response[name]}" for name in PLANNED if response.get(name)]
    lines = [_plain(rest), response.get(NEXT), *planned, *_problems(rest), *_entries(rest)]
    return "\n".join(_within([line for line in lines if line], room)) or _empty(response) or "done"


def _empty(response: Entry) -> str:
    return " ".join(f"{name}=[0]" for name, each in response.items() if each == [])


def _within(lines: list[str], room: int) -> Iterator[str]:
    """The first line, and as many of the others as there is room for; how many are left out is said."""
    left = room
    for number, line in enumerate(lines):
        rest = f"… {len(lines) - number} more lines: the structured answer has all."
        after = 0 if number + 1 == len(lines) else len(rest) + 1
        if number and len(line) + 1 + after > left:
            yield rest
            return
        left -= len(line) + 1
        yield line


def _plain(value: Entry) -> str:
    return " ".join(f"{name}={shown}" for name, shown in _shown(value))


def _shown(value: Entry) -> Iterator[tuple[str, str]]:
    """The values that are words or numbers, how long the lists are, and the numbers of what is counted by name."""
    for name, each in value.items():
        if isinstance(each, bool):
            yield name, str(each).lower()
        elif isinstance(each, int | float):
            yield name, str(each)
        elif isinstance(each, str) and _WORD.fullmatch(each):
            yield name, each
        elif isinstance(each, list) and each:
            yield name, f"[{len(cast('list[object]', each))}]"
        elif isinstance(each, dict):
            yield from _counted(name, cast("Entry", each))


def _counted(name: str, counts: Entry) -> Iterator[tuple[str, str]]:
    if all(isinstance(each, int) and _WORD.fullmatch(key) for key, each in counts.items()):
        yield from ((f"{name}.{key}", str(each)) for key, each in counts.items())


def _problems(response: Entry) -> Iterator[str]:
    for name, each in response.items():
        if isinstance(each, dict) and not name.startswith(OUTSIDE) and "what" in each:
            problem = cast("Entry", each)
            yield f"{name}: {' '.join(said for key in SENTENCES if (said := problem.get(key)))}"


def _entries(response: Entry) -> Iterable[str]:
    """The entries of lists, those that say what was found before the others."""
    lists = {name: [each for each in entries if not _is_line(each)] for name, entries in _lists(response).items()}
    ordered = sorted(lists, key=lambda name: not any("what" in each for each in lists[name]))
    return (line for name in ordered for each in lists[name] for line in _entry(name, each, each.get(OUTSIDE)))


def _lists(value: Entry) -> dict[str, list[Entry]]:
    return {
        name: [cast("Entry", each) for each in cast("list[object]", entries) if isinstance(each, dict)]
        for name, entries in value.items()
        if isinstance(entries, list) and not name.startswith(OUTSIDE)
    }


def _entry(name: str, entry: Entry, is_outside: object) -> Iterator[str]:
    """An entry, and those in it where it says whose words it has: all of them are by the same."""
    own = () if is_outside else SAID if is_outside is None else (*SAID, *OWN)
    short = {key: each for key, each in entry.items() if key not in (*LEFT_OUT, *own)}
    said = " ".join(each for each in (_plain(short), *map(entry.get, own)) if isinstance(each, str) and each)
    if said:
        yield f"{name}: {said}"
    if is_outside is not None:
        for within, entries in _lists(entry).items():
            for each in entries:
                yield from _entry(f"{name}.{within}", each, is_outside)


def _is_line(entry: Entry) -> bool:
    """Whether it is what something outside printed: `outside` has that."""
    return bool(entry.get(OUTSIDE)) and isinstance(entry.get("text"), str)


def outside(response: Entry) -> dict[str, list[str]]:
    """What others said in a response: of what failed, and in lines that say so."""
    problem = response.get("problem")
    output = cast("list[str]", cast("Entry", problem).get("output", [])) if isinstance(problem, dict) else []
    printed = [f"{each.get('source')}: {each['text']}" for each in _lists(response).get("lines", []) if _is_line(each)]
    return {name: each for name, each in (("output", output), ("untrusted_lines", printed)) if each}
