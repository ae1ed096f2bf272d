"""What must stand in no file: addresses of package registries, and paths of one machine."""

import re
from pathlib import Path

from tests.support.tree import ROOT, tracked_files

# Split, so that this file is no exception to its own rule.
HOSTS = [
    ("pypi", "org"),
    ("files", "pythonhosted", "org"),
    ("registry", "npmjs", "org"),
    ("registry", "yarnpkg", "com"),
    ("proxy", "golang", "org"),
    ("crates", "io"),
    ("repo1", "maven", "org"),
    ("deb", "debian", "org"),
    ("archive", "ubuntu", "com"),
]
REGISTRY = re.compile("|".join(re.escape(".".join(host)) for host in HOSTS), re.IGNORECASE)
MACHINE = re.compile(r"(?<![\w.:-])/(?:" + "|".join(["ro" + "ot", "wo" + "rk"]) + r")/[\w.]")


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Where a pattern stands in the files of the project."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked_files()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_registry_is_named() -> None:
    assert not lines_with(REGISTRY)


def test_this_machines_own_folders_are_not_named() -> None:
    for folder in (folder for folder in (ROOT, Path.home()) if len(folder.parts) > 2):
        assert not lines_with(re.compile(rf"(?<!\w){re.escape(str(folder))}(?!\w)"))


def test_no_path_of_one_machine() -> None:
    assert not lines_with(MACHINE)


def test_locks_have_hashes_and_no_address() -> None:
    folders = ("requirements", "src/kr8/drivers/toolbox", "tests/emulator")
    for path in sorted(path for folder in folders for path in (ROOT / folder).glob("*.txt")):
        text = path.read_text()
        assert "://" not in text and not re.search(r"^-", text, re.MULTILINE), path.name
        for pin in re.findall(r"^\S+==\S+.*(?:\n    .*)*", text, re.MULTILINE):
            assert "--hash=sha256:" in pin, pin
    assert '"resolved"' not in (ROOT / "tests" / "conformance" / "package-lock.json").read_text()
