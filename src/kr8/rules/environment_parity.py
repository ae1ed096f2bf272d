"""Environments are made of the same modules."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule
from kr8.domain.terraform_code import Block

RULE = Rule(
    name="environment-parity",
    part=Part.TERRAFORM,
    severity=Severity.MEDIUM,
    title="The roots of all environments call the same modules.",
    why="What only production has was never tried before production.",
    mend="Call the module in every environment, with values that differ; generate_terraform writes them so.",
)
PASSES = {
    "environments/staging/main.tf": 'module "network" {\n  source = "../../modules/network"\n}\n',
    "environments/production/main.tf": 'module "network" {\n  source = "../../modules/network"\n}\n',
}
FAILS = {
    "environments/staging/main.tf": 'module "network" {\n  source = "../../modules/network"\n}\n',
    "environments/production/main.tf": 'module "network" {\n  source = "../../modules/network"\n}\n'
    'module "cache" {\n  source = "../../modules/cache"\n}\n',
}

ENVIRONMENTS = "environments"


def check(code: Code) -> Iterator[Finding]:
    """Each module that some environment of a folder named "environments" calls, and others do not."""
    siblings: dict[str, dict[str, dict[str, str]]] = {}
    for folder, blocks in code.terraform.modules().items():
        above, _, name = folder.rpartition("/")
        if above.rpartition("/")[2] == ENVIRONMENTS:
            calls = {_called(block): block.place for block in blocks if block.type == "module"}
            siblings.setdefault(above, {})[name] = calls
    for roots in siblings.values():
        for name, calls in roots.items():
            for source, place in calls.items():
                missing = sorted(other for other, theirs in roots.items() if source not in theirs)
                if missing:
                    yield RULE.finding(f"{name} has a module that {', '.join(missing)} lacks.", place)


def _called(block: Block) -> str:
    source = block.attributes.get("source")
    return f"{'.'.join(block.labels)} {source.text if source is not None else ''}"
