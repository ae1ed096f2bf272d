"""What git is told, so that a repository can make it run nothing (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    # A partial clone fetches what it lacks, by a program that its own configuration names: no protocol is allowed.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
}

CONFIG = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.alternateRefsCommand=true",
    "core.quotePath=false",
    "core.autocrlf=false",
    "commit.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "safe.bareRepository=explicit",
    # Other owners' checkouts are read too: nothing of their configuration runs.
    "safe.directory=*",
)
"""Set on the command line, which wins over what a repository says."""


def git(*arguments: str, config: Iterable[str] = ()) -> tuple[str, ...]:
    """The argv of a git command."""
    settings = [word for setting in (*CONFIG, *config) for word in ("-c", setting)]
    return ("git", "--no-pager", *settings, *arguments)


def root() -> tuple[str, ...]:
    """Print the top folder."""
    return git("rev-parse", "--show-toplevel")


def resolve(revision: str) -> tuple[str, ...]:
    """Print the id of the commit that a revision means."""
    return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")


def resolve_tree(commit: str) -> tuple[str, ...]:
    """Print the id of the tree of a commit."""
    return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{tree}}")


def is_ancestor(older: str, newer: str) -> tuple[str, ...]:
    """Succeed where the newer commit was made of the older, or is it."""
    return git("merge-base", "--is-ancestor", older, newer)


def content(kind: str, id: str) -> tuple[str, ...]:  # noqa: A002 - git's word
    """Print an object as it is stored: `git log` would run the repository's gpg.program."""
    return git("cat-file", kind, id)


def contents() -> tuple[str, ...]:
    """Print every object whose id is given on stdin."""
    return git("cat-file", "--batch", "--buffer")


def entry(commit: str, path: str) -> tuple[str, ...]:
    """Print the entry of one path in a commit."""
    return git("ls-tree", "-z", "-l", "--full-tree", commit, "--", path)


def entries(tree: str) -> tuple[str, ...]:
    """Print every file of a tree, with sizes."""
    return git("ls-tree", "-r", "-z", "-l", "--full-tree", tree)


def setting_names() -> tuple[str, ...]:
    """Print the names of all settings that a repository has, those of included files too."""
    return git("config", "--list", "--includes", "--name-only", "-z")


def changes(without: Iterable[str]) -> tuple[str, ...]:
    """Print what differs from HEAD; `without`: settings that take the repository's filters away."""
    options = ("--porcelain=v1", "-z", "--untracked-files=normal", "--no-renames", "--ignore-submodules=dirty")
    return git("status", *options, config=without)


def files() -> tuple[str, ...]:
    """Print the paths of a working tree's files, ignored ones excepted."""
    return git("ls-files", "-z", "--cached", "--others", "--exclude-standard")


def filters_off(names: Iterable[str]) -> tuple[str, ...]:
    """Settings that empty each content filter among the names: `git status` would run them."""
    drivers = sorted({name.split(".", 1)[1].rpartition(".")[0] for name in names if name.startswith("filter.")})
    keys = ("clean=", "smudge=", "process=", "required=false")
    return tuple(f"filter.{driver}.{key}" for driver in drivers if driver for key in keys)


def init() -> tuple[str, ...]:
    """Make a repository, with no hooks in it."""
    return git("init", "--quiet", "--template=", "--initial-branch=main")


def add_all() -> tuple[str, ...]:
    """Take every file that is not ignored."""
    return git("add", "--all")


def commit(name: str, email: str) -> tuple[str, ...]:
    """Commit what was added; the message comes on stdin."""
    identity = (f"user.name={name}", f"user.email={email}")
    return git("commit", "--quiet", "--no-verify", "--no-gpg-sign", "--cleanup=verbatim", "-F", "-", config=identity)


def identity(key: str) -> tuple[str, ...]:
    """Print a setting of the user's own configuration."""
    return ("git", "config", "--global", "--includes", "--get", key)


def store() -> tuple[str, ...]:
    """Keep contents as objects, and print their ids; they come on stdin, as `blobs` writes them.

    What is more than a few is kept as one pack: a file for each object takes longer than all else of a generation.
    """
    return git("fast-import", "--quiet", "--done", config=("fastimport.unpackLimit=10",))


def blobs(contents: Iterable[bytes]) -> bytes:
    """Contents as a stream that makes an object of each, and asks for its id (git-fast-import(1))."""
    made = (
        b"blob\nmark :%d\ndata %d\n%b\nget-mark :%d\n" % (mark, len(content), content, mark)
        for mark, content in enumerate(contents, 1)
    )
    return b"".join((*made, b"done\n"))


def objects() -> tuple[str, ...]:
    """Print the folder in which a repository keeps its objects."""
    return git("rev-parse", "--path-format=absolute", "--git-path", "objects")


Merge: TypeAlias = Callable[[str, str, str], tuple[str, ...]]


MARKER = 60
"""The characters of a mark of a conflict: what a file has itself is no mark."""


def merge(mine: str, base: str, theirs: str) -> tuple[str, ...]:
    """Print what three files are together; the exit code is the number of conflicts."""
    return git("merge-file", "-p", f"--marker-size={MARKER}", mine, base, theirs)


def merge_ours(mine: str, base: str, theirs: str) -> tuple[str, ...]:
    """Print what three files are together; what conflicts is as the first one has it."""
    return git("merge-file", "-p", "--ours", mine, base, theirs)


FETCHING = {
    **ENVIRONMENT,
    "GIT_ALLOW_PROTOCOL": "https:ssh:file",
    # A key that needs a passphrase, a host that is not known: it fails, and asks nobody.
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ProxyCommand=none",
}
"""The environment of a fetch."""


def fetch(url: str, commit: str) -> tuple[str, ...]:
    """Fetch one commit, with nothing that leads on from it: no tags, no submodules, no redirects."""
    safe = ("http.followRedirects=false", "fetch.fsckObjects=true", "protocol.ext.allow=never")
    options = ("--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance")
    return git("fetch", *options, "--", url, commit, config=safe)
