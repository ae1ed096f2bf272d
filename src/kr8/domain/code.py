"""The infrastructure code of a project as it was read: what rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kr8.domain.project import Project
from kr8.domain.terraform_code import TerraformCode
from kr8.domain.yaml_code import YamlCode


@dataclass(frozen=True)
class Code:
    """Everything that was read, nothing of it evaluated."""

    terraform: TerraformCode = field(default_factory=TerraformCode)
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """The text of each file but those of Terraform, by path."""
    project: Project | None = None
    """kr8.toml; None: there is none that can be read."""
    yaml: YamlCode = field(default_factory=YamlCode)

    def place_of(self, table: str) -> str:
        """Where kr8.toml has a table; its first line where it is written in another form."""
        lines = self.texts.get("kr8.toml", "").splitlines()
        number = next((number for number, line in enumerate(lines, 1) if line.strip() == f"[{table}]"), 1)
        return f"kr8.toml:{number}"
