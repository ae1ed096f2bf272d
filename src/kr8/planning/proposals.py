"""What of a project could be asked for, so that a template is made of it (pure)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from kr8.domain.project import Project
from kr8.domain.template import IntegerParameter, StringParameter, Template
from kr8.planning.proposal import Found, Proposal, named, word
from kr8.planning.setting_proposals import setting_proposals
from kr8.ports.templates import RenderedFile

NAME = "[a-z](-?[a-z0-9]){0,31}"
ID = "prj_[a-z0-9]{6,26}"
ACCOUNT = "[0-9]{12}"
MADE_UP = "123456789012"
GENERATED = ".kr8/generated/"
OWN = ".kr8/"
SUFFIX = ".jinja"
SHORTEST = 8
"""The characters that a description must have to be looked for in other files: less may stand anywhere."""


def proposals(project: Project) -> tuple[Proposal, ...]:
    """Name, id, description, ports, accounts, and what kr8.toml says of places, names, money and sizes."""
    known: dict[str, Proposal] = {}
    for each in (*_identity(project), *_ports(project), *_accounts(project), *setting_proposals(project)):
        known.setdefault(each.parameter.name, each)
    return tuple(known.values())


def counts(proposal: Proposal, files: Iterable[RenderedFile]) -> dict[str, int]:
    """How often it stands in which file."""
    texts = {file.path: text_of(file) for file in files}
    found = {
        path: sum(len(re.findall(each.pattern, text)) for each in proposal.found if each.path in (None, path))
        for path, text in texts.items()
        if text is not None
    }
    return {path: count for path, count in found.items() if count}


def kept(files: Iterable[RenderedFile]) -> tuple[RenderedFile, ...]:
    """The files that belong into a template: not what kr8 keeps of the project, nor what it generates from kr8.toml."""
    listed = tuple(files)
    records = (file for file in listed if file.path.startswith(GENERATED) and file.path != f"{GENERATED}template")
    generated = {
        line.split(" ", 2)[-1] for file in records for line in file.content.decode(errors="replace").split("\n")
    }
    return tuple(file for file in listed if not file.path.startswith(OWN) and file.path not in generated)


def draft(
    name: str, version: str, description: str, taken: Iterable[Proposal], files: Iterable[RenderedFile]
) -> tuple[RenderedFile, ...]:
    """A template that asks for what was taken, and makes these files."""
    accepted = tuple(taken)
    made = [_file(file, accepted) for file in files]
    manifest = _manifest(name, version, description, accepted)
    return (RenderedFile(path="template.toml", content=manifest.encode()), *made)


def _identity(project: Project) -> Iterator[Proposal]:
    head = project.project
    yield Proposal(
        parameter=StringParameter(name="name", type="string", description="The project's name.", pattern=NAME),
        text=head.name,
        found=(Found(pattern=word(head.name), expression="name"),),
    )
    yield Proposal(
        parameter=StringParameter(
            name="id",
            type="string",
            description="The project's id: two clones with one id are one project.",
            pattern=ID,
        ),
        text=head.id,
        found=(Found(pattern=word(head.id), expression="id"),),
    )
    if head.description:
        quoted = Found(pattern=re.escape(_quoted(head.description)), expression="description | toml", path="kr8.toml")
        plain = Found(pattern=re.escape(head.description), expression="description")
        yield Proposal(
            parameter=StringParameter(
                name="description", type="string", description="What it is for, in free words.", default=""
            ),
            text=head.description,
            found=(quoted, plain) if len(head.description) >= SHORTEST else (quoted,),
        )


def _ports(project: Project) -> Iterator[Proposal]:
    """Each port on which an environment listens, where no other one has it too."""
    listed = [
        (environment, service, address.rpartition(":")[2])
        for environment, spec in project.environments.items()
        for service, address in spec.listen.items()
    ]
    often = Counter(port for _, _, port in listed)
    for environment, service, port in listed:
        if often[port] > 1 or not port.isdecimal():
            continue
        several = len(project.environments[environment].listen) > 1
        name = named(environment, service if several else None, "port")
        yield Proposal(
            parameter=IntegerParameter(
                name=name,
                type="integer",
                description=f"The port where {service} takes traffic in {environment}.",
                default=int(port),
                minimum=1,
                maximum=65535,
            ),
            text=port,
            found=(Found(pattern=rf"(?<=:){port}(?!\d)", expression=name),),
        )


def _accounts(project: Project) -> Iterator[Proposal]:
    for account, spec in project.accounts.items():
        name = named(account, "account")
        yield Proposal(
            parameter=StringParameter(
                name=name, type="string", description=f"The number of the AWS account {account}.", pattern=ACCOUNT
            ),
            text=spec.id,
            found=(Found(pattern=word(spec.id), expression=name),),
            example=MADE_UP,
        )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _file(file: RenderedFile, taken: tuple[Proposal, ...]) -> RenderedFile:
    names = [each for each in taken if each.parameter.name == "name"]
    path = _filled(file.path, "", names)
    text = text_of(file)
    filled = None if text is None else _filled(text, file.path, taken)
    if filled is None or (filled == text and not file.path.endswith(SUFFIX)):
        return file.model_copy(update={"path": f"files/{path}"})
    return file.model_copy(update={"path": f"files/{path}{SUFFIX}", "content": filled.encode()})


def text_of(file: RenderedFile) -> str | None:
    """A file's text, if Jinja would give it back as it is: it makes one kind of line end of all."""
    try:
        text = file.content.decode()
    except UnicodeDecodeError:
        return None
    return None if "\r" in text or "\0" in text else text


def _filled(text: str, path: str, taken: Iterable[Proposal]) -> str:
    """The text, with expressions for what was taken; the same text where nothing was found."""
    listed = [each for one in taken for each in one.found if each.path in (None, path)]
    found = sorted(listed, key=lambda each: -len(each.pattern))  # a domain has the project's name in it, often
    pieces: list[str] = []
    done = 0
    for match in re.finditer("|".join(f"({each.pattern})" for each in found), text) if found else ():
        pieces += [_literal(text[done : match.start()]), f"{{{{ {found[(match.lastindex or 1) - 1].expression} }}}}"]
        done = match.end()
    if not pieces and not path.endswith(SUFFIX) and path:
        return text
    return "".join([*pieces, _literal(text[done:], last=True)])


def _literal(text: str, *, last: bool = False) -> str:
    """A text that Jinja gives back as it is, whatever stands in it and behind it."""
    return re.sub(r"\{(?=[{%#])" if last else r"\{(?=[{%#]|\Z)", "{{ '{' }}", text)


def _manifest(name: str, version: str, description: str, taken: tuple[Proposal, ...]) -> str:
    """template.toml. JSON's texts and numbers are TOML's."""
    examples = {each.parameter.name: each.example for each in taken if each.example is not None}
    whole = Template(
        name=name,
        version=version,
        kind="project",
        description=description,
        parameters=tuple(each.parameter for each in taken),
    )
    lines = list(_table({"name": name, "version": version, "kind": "project", "description": whole.description}))
    for parameter in whole.parameters:
        lines += ["", "[[parameters]]", *_table(parameter.model_dump(exclude_none=True))]
    if examples:
        lines += ["", "[[examples]]", 'name = "made-up"', "", "[examples.values]", *_table(examples)]
    return "".join(f"{line}\n" for line in lines)


def _table(values: Mapping[str, object]) -> Iterator[str]:
    return (
        f"{key} = {_quoted(value) if isinstance(value, str) else json.dumps(value)}" for key, value in values.items()
    )
