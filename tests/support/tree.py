"""The files that the gates read."""

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"


@dataclass(frozen=True)
class Module:
    """A parsed Python file."""

    path: Path
    name: str
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        """The path below the checkout, for a message."""
        return str(self.path.relative_to(ROOT))


def modules(folder: Path, *, names_from: Path = ROOT) -> list[Module]:
    """Every Python file below a folder."""
    return [parse(path, names_from) for path in sorted(folder.rglob("*.py"))]


@functools.cache
def parse(path: Path, names_from: Path) -> Module:
    """One file, parsed once for all gates."""
    parts = path.relative_to(names_from).with_suffix("").parts
    text = path.read_text()
    name = ".".join(part for part in parts if part != "__init__")
    return Module(path, name, text, ast.parse(text, filename=str(path)))


def source_modules() -> list[Module]:
    """Every module of the product; a template's files are data, not modules."""
    return [m for m in modules(SOURCE / "kr8", names_from=SOURCE) if not m.name.startswith("kr8.templates.")]


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, methods and inner functions too."""
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def tracked_files() -> list[Path]:
    """What is committed or would be by `git add`."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def tool(name: str, *arguments: str) -> Sequence[str]:
    """A command of the project's own environment."""
    return [str(Path(sys.executable).parent / name), *arguments]


def check(argv: Sequence[str]) -> None:
    """Fail with what a checker says."""
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        pytest.fail(f"{(done.stdout + done.stderr).strip()}\nexit {done.returncode}", pytrace=False)
