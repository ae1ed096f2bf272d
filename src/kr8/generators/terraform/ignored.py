"""infra/terraform/.gitignore: what Terraform leaves beside the code and nobody commits."""

from __future__ import annotations

from kr8.domain.source import SourceFile
from kr8.generators.terraform.layout import HEADER, ROOT

_IGNORED = """\
# Providers and modules as `terraform init` fetched them. Commit .terraform.lock.hcl: it says which providers those are.
.terraform/

# States and plans have in clear what they are given.
*.tfstate
*.tfstate.*
*.tfplan

crash.log
crash.*.log
"""


def ignored_file() -> SourceFile:
    """The same in every project."""
    return SourceFile(path=f"{ROOT}/.gitignore", text=f"# {HEADER}\n\n{_IGNORED}")
