"""The pages of the reference, each from the one place that knows its content."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scripts.contract import catalogue
from scripts.reference.codes import Code, codes_of, sources
from scripts.reference.computed import COMPUTED, computed
from scripts.reference.exits import meanings
from scripts.reference.help import options_of
from scripts.reference.markdown import code, page, table
from scripts.reference.rights import rights
from scripts.reference.rules import rules
from scripts.reference.schema import PLACES, TEMPLATE_PLACES, fields_of, schema_of
from scripts.reference.surroundings import section
from scripts.reference.templates import templates

from kr8.bridge.home import LONGEST_ROOT
from kr8.catalogue.contract import hints, input_schema, output_schema
from kr8.catalogue.operation import Operation
from kr8.domain.caller import Audience
from kr8.domain.project import Project
from kr8.domain.template import Template
from kr8.drivers.build.driver import DISK_LIMIT
from kr8.drivers.build.environment import CACHES, CONFIGURATION, PASSED, TOOLCHAINS
from kr8.drivers.local.inherited import ITS_OWN, SETTINGS
from kr8.settings import ALL
from kr8.surfaces.cli.catalogue import Catalogue as Commands
from kr8.surfaces.cli.catalogue import Operation as CommandOperation
from kr8.surfaces.cli.catalogue import load
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows import STANDING, SUMMARIES


def operations() -> str:
    """operations.md: every operation, by server and audience."""
    found = sorted(catalogue(), key=lambda each: each.name)
    agents = [each for each in found if each.mark.audience is Audience.EVERYONE]
    people = [each for each in found if each.mark.audience is Audience.PEOPLE]
    return page(
        "Operations",
        "An operation is one verb of kr8: a tool of MCP, a command of the CLI, and `POST /v1/operations/NAME` over "
        "HTTP. All take the same arguments and go one way: validated, admitted, written to the audit, done, redacted.",
        "## For agents and people\n\nThese are the tools of the MCP server.",
        *map(_operation, agents),
        "## For people only\n\nNot in an agent's list of tools, and refused over MCP.",
        *map(_operation, people),
    )


def _operation(found: Operation) -> str:
    shown = {"readOnlyHint": "read only", "destructiveHint": "destroys", "idempotentHint": "idempotent"}
    said = [text for name, text in shown.items() if hints(found)[name]]
    schema = input_schema(found.request)
    required = schema.get("required", [])
    rows = [
        (code(name), _type(part), "yes" if name in required else "", part.get("description", ""), _default(part))
        for name, part in schema.get("properties", {}).items()
    ]
    answers = ", ".join(code(name) for name in output_schema(found.response)["properties"])
    return "\n\n".join(
        part
        for part in (
            f"### {found.name}",
            found.text,
            f"`kr8 {found.mark.command}` · {', '.join([found.mark.effect.value, *said])}",
            table(("argument", "type", "needed", "what it is", "default"), rows),
            f"Answers `{found.response.__name__}`: {answers}.",
        )
        if part
    )


def _type(part: Mapping[str, Any]) -> str:
    if "enum" in part:
        return ", ".join(code(each) for each in part["enum"])
    if "anyOf" in part:
        return " or ".join(_type(each) for each in part["anyOf"])
    if part.get("type") == "array":
        return f"list of {_type(part.get('items', {}))}"
    return str(part.get("type", "any"))


def _default(part: Mapping[str, Any]) -> str:
    value = part.get("default")
    return code(json.dumps(value, ensure_ascii=False)) if value not in (None, "", [], {}) else ""


def cli() -> str:
    """cli.md: every command with its options, and the exit codes."""
    commands = load()
    operations = {each.path: each for each in commands.operations}
    return page(
        "Command line",
        "Every command takes `--json` (JSON on standard output, also on failure) and `--help`; before the command, "
        "`-C FOLDER` acts as if started there. Arguments stand in capital letters.",
        *(_command(path, operations.get(path), commands) for path in sorted({*operations, *STANDING})),
        "## Exit codes",
        table(
            ("code", "name", "meaning"), ((str(int(each)), code(each.name), meanings()[each.name]) for each in ExitCode)
        ),
    )


def _command(path: tuple[str, ...], operation: CommandOperation | None, commands: Commands) -> str:
    usage, text, rows = options_of(path, operation, commands)
    return "\n\n".join(
        part for part in (f"## kr8 {' '.join(path)}", text or SUMMARIES[path], f"```text\n{usage}\n```", rows) if part
    )


def settings() -> str:
    """settings.md: what `kr8 serve` reads, what a build is given and what outlives a restart."""
    rows = ((code(each.variable), code(each.flag), each.text, code(each.default_text)) for each in ALL)
    return page(
        "Settings",
        "A flag of `kr8 serve` counts before the environment variable, and that before the default. The bridge and the "
        "command line read `KR8_HOME` alone.",
        table(("variable", "flag of `kr8 serve`", "what it is", "default"), rows),
        "A home is found by `KR8_HOME`, else it is `kr8` below `XDG_DATA_HOME`, else below `~/.local/share`. "
        "A relative `KR8_HOME` begins in the folder where a command is run, whatever `-C` says: another folder, "
        f"another home. The path of a home may have {LONGEST_ROOT} bytes, for sockets lie in it.",
        "## What a build is given",
        "A build sees none of the daemon's environment but these variables, which say where packages come from, by "
        "which way, and where toolchains lie:",
        ", ".join(code(each) for each in sorted(PASSED)) + ".",
        "And these files of the home of the user that kr8 runs as: "
        + ", ".join(code(f"~/{each}") for each in CONFIGURATION)
        + ".",
        "Toolchains are read where they lie: "
        + ", ".join(f"{code(name)} is {code(f'~/{folder}')}" for name, folder in TOOLCHAINS.items())
        + ", where that folder exists and the variable is not set.",
        "A build's own HOME goes with it. What uv, pip, npm and Go download is kept for the next builds "
        f"({', '.join(map(code, CACHES))}); what other tools keep in HOME (`~/.m2`, `~/.gradle`, `~/.cargo`) is "
        f"fetched anew. A build may take {DISK_LIMIT >> 30} GiB of disk: its files, its HOME and its TMPDIR together.",
        "## What outlives a restart",
        "The supervisor writes down the environment that it starts a dead daemon in: what a build is given, what "
        f"begins with {code(SETTINGS)}, and {', '.join(code(each) for each in sorted(ITS_OWN))}.",
        "Nothing else is kept of the shell that started kr8. So a password of the store belongs in `~/.pgpass`, not in "
        "`PGPASSWORD`; and one in the address of the store or of a package index is written down in `KR8_HOME`.",
    )


def errors() -> str:
    """errors.md: every code of a problem."""
    found = all_codes()
    rows = [
        (code(name), "<br>".join(whats), "<br>".join(mends), "<br>".join(places))
        for name in sorted({each.name for each in found})
        for whats, mends, places in [_joined([each for each in found if each.name == name])]
    ]
    return page(
        "Error codes",
        "An error says `what` happened, `why`, and how to `mend` it; names the `field` at fault and the `place` in a "
        "file; says whether the same call may succeed later (`retryable`); and tells whether the thing was done "
        "(`outcome`: `not_started`, `done`, `unknown`). `output` is text from outside kr8. Branch on the code: it is "
        "stable. `…` below is what differs.",
        table(("code", "what", "what to do next", "said by"), rows).replace("&lt;br>", "<br>"),
    )


def _joined(same: list[Code]) -> tuple[list[str], list[str], list[str]]:
    def unique(texts: Iterator[str]) -> list[str]:
        return [text for text in dict.fromkeys(texts) if text not in ("", "…")][:3]

    places = sorted({".".join(each.module.split(".")[1:]) for each in same})
    return unique(each.what for each in same), unique(each.mend for each in same), places


def all_codes() -> list[Code]:
    """Every code there is. Raises LookupError where one cannot be read from the source."""
    found = [each for source in sources() for each in codes_of(source)]
    unread = [each for each in found if not isinstance(each, Code) and each.module not in COMPUTED]
    if unread:
        raise LookupError(f"codes that scripts/reference cannot read: {unread}")
    return sorted({*(each for each in found if isinstance(each, Code)), *computed()})


def project_file() -> str:
    """kr8-toml.md: every key of kr8.toml."""
    return page(
        "kr8.toml",
        "One file at the root of a repository. Its JSON schema is [kr8.schema.json](kr8.schema.json); an editor with a "
        "TOML language server checks the file while you type if its first line is "
        "`#:schema …/kr8.schema.json`. `kr8 check` names every mistake with line and column.",
        "Durations are written `250ms`, `30s`, `1h30m`; shares `0.5%`; sizes `256M`, `2G`.",
        *fields_of(Project, PLACES),
        section(),
    )


def template_file() -> str:
    """template-toml.md: every key of template.toml."""
    return page(
        "template.toml",
        "A template is a folder NAME with this file and `files/`. What lies in `files/` makes the project: a file "
        "`X.jinja` becomes `X` with its expressions filled in (Jinja in a sandbox, with the filters `toml` and "
        "`json`), every other one is copied as it is; names of files and folders are filled in too.",
        "`name`, `id` and `description` are what kr8 gives to every new project, where a template has parameters of "
        "these names. A text is read as the type of its parameter: `--value port=8000` is a number, a list has commas.",
        *fields_of(Template, TEMPLATE_PLACES),
    )


def schema() -> str:
    """kr8.schema.json."""
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema_of(Project),
        "title": "kr8.toml",
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "operations.md": operations,
    "cli.md": cli,
    "rights.md": rights,
    "rules.md": rules,
    "settings.md": settings,
    "errors.md": errors,
    "kr8-toml.md": project_file,
    "template-toml.md": template_file,
    "templates.md": templates,
    "kr8.schema.json": schema,
}
