"""Who may import whom, and who may touch the outside world."""

import ast
import functools
import sys

import grimp
import pytest
from tests.support.tree import Module, check, source_modules, tool

# An outside library, and the only packages that may know it.
ONLY_IN = {
    "ansible": ("kr8.drivers.ansible",),
    "boto3": ("kr8.drivers.aws", "kr8.drivers.ecs"),
    "botocore": ("kr8.drivers.aws", "kr8.drivers.ecs"),
    "click": ("kr8.surfaces.cli",),
    "dbos": ("kr8.drivers.dbos",),
    "jinja2": ("kr8.surfaces.web", "kr8.drivers.templates"),
    "mcp": ("kr8.surfaces.mcp",),
    "pyrage": ("kr8.drivers.age",),
    "rich": ("kr8.surfaces.cli",),
    "sqlalchemy": ("kr8.drivers.store",),
    "starlette": ("kr8.surfaces",),
    # The command line signs with ssh-keygen, which asks on the terminal of the person who approves.
    "subprocess": ("kr8.drivers.process", "kr8.supervisor", "kr8.bridge", "kr8.surfaces.cli.sign"),
    "uvicorn": ("kr8.surfaces",),
}
# Calls that start a process, and the only packages that may make them.
STARTERS = {"create_subprocess_exec", "create_subprocess_shell", "subprocess_exec", "subprocess_shell"}
OS_STARTERS = {"system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp"}
MAY_START = ("kr8.drivers.process", "kr8.supervisor", "kr8.bridge")
# What replaces its own process: the supervisor upgrading itself, the launcher that opens a sealed environment, and what
# keeps a program in.
MAY_REPLACE = ("kr8.supervisor", "kr8.bridge", "kr8.drivers.age", "kr8.sandbox")
STANDS_ALONE = ("kr8.supervisor", "kr8.bridge", "kr8.sandbox")
# The supervisor's wire types, the one place that reads which process has a port, and what tells its code: all that the
# rest may know of it.
WIRE = {f"kr8.supervisor.{module}" for module in ("wire", "observed", "codec", "procfs", "program")}
PURE = ("kr8.domain", "kr8.rules", "kr8.gates", "kr8.strategies", "kr8.generators")
IMPURE = {"asyncio", "socket", "subprocess", "random", "secrets", "time", "tempfile", "shutil", "httpx", "os"}


@functools.cache
def graph() -> grimp.ImportGraph:
    """Every import of the product."""
    return grimp.build_graph("kr8", include_external_packages=True, cache_dir=None)


def below(name: str, packages: tuple[str, ...]) -> bool:
    """Whether a module is one of these packages or in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def imports() -> list[tuple[str, str]]:
    """Each import as (importer, imported)."""
    everything = graph()
    return [
        (name, other)
        for name in sorted(everything.modules)
        for other in everything.find_modules_directly_imported_by(name)
    ]


def test_each_layer_imports_only_those_below_it() -> None:
    check(tool("lint-imports", "--no-cache"))


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_is_known_in_one_place(library: str) -> None:
    wrong = [name for name, other in imports() if other == library and not below(name, ONLY_IN[library])]
    assert not wrong, f"{library} may be imported only in {ONLY_IN[library]}"


@pytest.mark.parametrize("package", STANDS_ALONE)
def test_the_small_processes_need_the_standard_library_only(package: str) -> None:
    allowed = set(sys.stdlib_module_names)
    wrong = [
        f"{name} imports {other}"
        for name, other in imports()
        if below(name, (package,))
        and not below(other, (package, "kr8.version", "kr8.sandbox"))
        and other not in allowed
        and other != "kr8"
    ]
    assert not wrong


def test_only_the_local_driver_knows_the_supervisor_and_only_its_wire_types() -> None:
    wrong = [
        f"{name} imports {other}"
        for name, other in imports()
        if below(other, ("kr8.supervisor",))
        and not below(name, ("kr8.supervisor",))
        and not (below(name, ("kr8.drivers.local",)) and other in WIRE)
    ]
    assert not wrong


def test_pure_packages_do_no_io() -> None:
    wrong = [f"{name} imports {other}" for name, other in imports() if below(name, PURE) and other in IMPURE]
    assert not wrong


def test_processes_are_started_in_one_place() -> None:
    wrong = [
        f"{module.place}:{node.lineno}: {ast.unparse(node)}"
        for module in source_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and starts_wrongly(module, node)
    ]
    assert not wrong


def starts_wrongly(module: Module, node: ast.Attribute) -> bool:
    """Whether an attribute is a process starter that this module may not use."""
    of_os = isinstance(node.value, ast.Name) and node.value.id == "os"
    if node.attr in STARTERS or (of_os and (node.attr in OS_STARTERS or node.attr.startswith("spawn"))):
        return not below(module.name, MAY_START)
    return of_os and node.attr.startswith("exec") and not below(module.name, MAY_REPLACE)
