"""What a service finds in its environment, asked of the target that gives it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from scripts.reference.markdown import code, table

from kr8.domain.project import Monitoring, Service
from kr8.domain.release import Build, release_of
from kr8.drivers.local.commands import Places, run_spec

WORDS = {
    "PATH": "The daemon's, without kr8's own.",
    "HOME": "A folder of the service's own that stays over releases, below `data/` of `KR8_HOME`.",
    "LANG": "`C.UTF-8`.",
    "KR8_SERVICE": "Its name.",
    "KR8_ENVIRONMENT": "The environment.",
    "KR8_RELEASE": "The release's id.",
    "KR8_VERSION": "The commit's first twelve digits: what the service answers in `version_header`.",
    "PORT": "Where an http service must listen, at 127.0.0.1; the same as `{port}`.",
}

KEPT = (
    "It runs in its folder of the build. Each version has a build of its own: what a service writes there, such as a "
    "database named by a relative path, the next version does not see. What it keeps belongs below `HOME`; what "
    "several services share, in a database server or in a folder outside of `KR8_HOME`."
)


def given() -> frozenset[str]:
    """The names of the variables that every http service finds."""
    spec = Service(run=("serve",), monitoring=Monitoring(metrics="/metrics"))
    made = datetime(2026, 1, 1, tzinfo=UTC)
    build = Build(
        id="bld_0123456789abcdef",
        service="web",
        commit="0" * 40,
        tree="0" * 40,
        artifact="0" * 64,
        directory="/build",
        bytes=0,
        seconds=0,
        made_at=made,
    )
    release = release_of("prj_example", "staging", build, spec, {}, (), "127.0.0.1:8000")
    return frozenset(run_spec(release, Places(Path("/home"), "/bin"), 1.0).env)


def section() -> str:
    """The section of the page. Raises KeyError for a variable without words."""
    rows = [(code(name), WORDS[name]) for name in sorted(given())]
    head = "## What a service finds\n\nBeside its `env` and `secrets`, and nothing else:"
    return f"{head}\n\n{table(('variable', 'value'), rows)}\n\n{KEPT}"
