"""What infrastructure code is called (pure): for what nobody has read, its name and its place are all that is known."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable

from kr8.domain.dockerfile import is_dockerfile
from kr8.domain.tree import folders_above

TERRAFORM = (".tf", ".tofu", ".tf.json", ".tofu.json", ".hcl")
WAITED_FOR = (*TERRAFORM, ".yaml", ".yml", ".json")
"""The files that a deployment waits for: no others are infrastructure code that concerns it."""
ENDINGS = (
    *(*WAITED_FOR, ".jsonc", ".tfvars", ".rego", ".toml", ".ini"),
    *(".sh", ".bash", ".dash", ".ksh", ".env", ".j2", ".template", ".bicep"),
)
"""What a file that a checker looks at may end in."""
TEMPLATES = ".kr8/templates/"
"""Where a project's own templates lie: they are tried when they are made, and nothing is deployed from there."""
LOCKS = frozenset(
    {
        *("package-lock.json", ".package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "packages.lock.json"),
        *("project.lock.json", "conda-lock.yml", "conda-lock.yaml", "pylock.toml", "maven_install.json"),
    }
)
"""What package managers of programs write, which may be long, and ends like code."""
FOLDERS = frozenset(
    {
        *("infra", "infrastructure", "iac", "deploy", "deployment", "deployments", "gitops", ".github"),
        *("terraform", "tofu", "opentofu", "terragrunt", "cloudformation", "pulumi", "bicep"),
        *("kubernetes", "k8s", "kube", "manifests", "kustomize", "helm", "charts", "argocd", "fluxcd"),
        *("ansible", "playbooks", "inventories"),
    }
)
"""What folders of infrastructure code are called, or one word of their names."""
AT_HOME = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization", "Chart.yaml", "ansible.cfg"})
"""Files whose folder has infrastructure code in it."""
OF_OTHERS = frozenset(
    {
        *("md", "rst", "adoc", "txt", "pdf", "doc", "docx", "odt", "csv", "tsv", "xml", "html", "htm", "css", "scss"),
        *("png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "drawio", "woff", "woff2", "ttf", "mp3", "mp4", "mov"),
        *("zip", "tar", "tgz", "gz", "xz", "jar", "war", "whl", "exe", "dll", "so", "pem", "crt", "pub", "lock", "log"),
        *("py", "pyi", "ipynb", "js", "jsx", "cjs", "mjs", "ts", "tsx", "vue", "go", "mod", "sum", "rs", "java", "kt"),
        *("c", "cc", "cpp", "h", "hpp", "cs", "swift", "scala", "ex", "exs", "erl", "hs", "dart", "rb", "php", "pl"),
        *("lua", "sql", "proto", "patch", "diff"),
    }
)
"""What files of other things end in. Folders have names with dots too: what ends in anything else may be one."""
_WORD = re.compile(r"[^-_.]+")


def may_be_code(path: str) -> bool:
    """Whether a file may be something that a checker looks at."""
    name = posixpath.basename(path)
    return is_dockerfile(path) or name in AT_HOME or (path.endswith(ENDINGS) and name not in LOCKS)


def linked_may_be_code(path: str, homes: frozenset[str]) -> bool:
    """Whether what is linked may be code, or a folder with some; `homes`: as `homes_of` says."""
    return may_be_code(path) or _may_be_folder_with_code(path, homes)


def _may_be_folder_with_code(link: str, homes: frozenset[str]) -> bool:
    ending = posixpath.splitext(link)[1].removeprefix(".")
    return ending.lower() not in OF_OTHERS and folder_may_hold_code(link, homes)


def folder_may_hold_code(path: str, homes: frozenset[str]) -> bool:
    """Whether a folder that nobody looks into, as that of a submodule, may hold code."""
    words = {word for part in path.lower().split("/") for word in (part, *_WORD.findall(part))}
    return not words.isdisjoint(FOLDERS) or posixpath.dirname(path) in homes


def is_waited_for(files: Collection[str], links: Iterable[str], submodules: Iterable[str]) -> bool:
    """Whether a deployment waits for what checkers say of a commit: it has code that concerns it, or may have some."""
    homes = homes_of(files)
    named = any(path.endswith(WAITED_FOR) for path in (*files, *links))
    linked = any(_may_be_folder_with_code(path, homes) for path in links)
    return named or linked or any(folder_may_hold_code(path, homes) for path in submodules)


def homes_of(files: Iterable[str]) -> frozenset[str]:
    """The folders with infrastructure code in them, or below them; the repository's root where it is in it itself."""
    direct = {posixpath.dirname(path) for path in files if _is_at_home(path)}
    above = {folder for each in direct for folder in folders_above(each) if folder}
    return frozenset(direct | above)


def _is_at_home(path: str) -> bool:
    return path.endswith(TERRAFORM) or posixpath.basename(path) in AT_HOME
