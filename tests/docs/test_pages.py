"""Links lead somewhere; the architecture page and the decisions match the tree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scripts.picture import draw, lines_of
from tests.support.tree import ROOT

from kr8.domain.deployment import TRANSITIONS, Event, State

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def anchors(page: Path) -> set[str]:
    """What a page can be linked at: its headings, as Git hosts write them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(re.sub(r"`[^`]*`", "", page.read_text())):
        if not link.startswith("https://"):
            path, _, anchor = link.partition("#")
            target = (page.parent / path) if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_every_page_is_reached_from_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    docs = ROOT / "docs"
    pages = [*docs.glob("*.md"), *(docs / "howto").glob("*.md"), *(docs / "reference").glob("*")]
    assert not [page.name for page in pages if page.name not in index and page.name != "README.md"]


def test_the_table_of_states_is_the_one_that_runs() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (.+) \|$", ARCHITECTURE[ARCHITECTURE.index("## States") :], re.MULTILINE))
    told = {
        (State(state), Event(event)): State(after)
        for state in State
        for arrow in rows[state].split("; ")
        if " → " in arrow
        for events, after in [arrow.split(" → ")]
        for event in events.split(", ")
    }
    assert told == TRANSITIONS


def test_every_room_of_the_house_has_a_paragraph() -> None:
    rooms = {path.name for path in (ROOT / "src" / "kr8").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms <= set(re.findall(r"\*\*(\w+)\*\*", ARCHITECTURE))


def test_decisions_are_numbered_and_have_a_form() -> None:
    numbers = [path.name.split("-")[0] for path in DECISIONS]
    assert len(numbers) == len(set(numbers))
    for path in DECISIONS:
        text = path.read_text()
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        assert all(f"\n## {part}\n" in text for part in ("Context", "Decision", "Consequences")), path.name


def test_fragments_are_named_by_kind() -> None:
    for path in (ROOT / "changelog.d").glob("*.md"):
        named = re.fullmatch(r"[\w-]+\.(added|changed|fixed|removed|security)\.md", path.name)
        assert named or path.name == "README.md", path.name


def test_a_picture_is_what_the_terminal_showed() -> None:
    text = "\n   0.3 s  A chapter\n  ✓ proved: 0 < 1\n" + "x" * 200 + "\n"
    assert lines_of(text)[2] == "x" * 117 + "…"
    drawn = draw(text)
    assert 'class="chapter"' in drawn and "0 &lt; 1" in drawn
