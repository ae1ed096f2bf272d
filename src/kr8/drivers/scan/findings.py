"""What was found, as findings (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from kr8.domain.finding import Finding, Severity
from kr8.drivers.scan.certainty import Certainty

LINK = "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html"
SUPPRESSED = "secrets/suppressed"
MEND = "If it is one, revoke it and use `kr8 secret set`; if not, end the line with `pragma: allowlist secret`."


def finding(path: str, line: int, kind: str, certainty: Certainty) -> Finding:
    """The finding for one secret; its place is named, nothing shows it."""
    places = (f"{shown(path)}:{line}",)
    if certainty is Certainty.SURE:
        return Finding(
            rule=f"secrets/{_slug(kind)}",
            severity=Severity.CRITICAL,
            what=f"{kind} in a file.",
            why="Who can read the repository has it; what was committed stays in the history for ever.",
            mend="Revoke it, take it out of the file, and give it to the service with `kr8 secret set`.",
            untrusted_places=places,
            link=LINK,
        )
    severity, often, why = _UNSURE[certainty]
    what = f"{often} a secret in a file: {kind.lower()}."
    rule = f"secrets/{_slug(kind)}"
    return Finding(rule=rule, severity=severity, what=what, why=why, mend=MEND, untrusted_places=places, link=LINK)


def answered(printed: bytes) -> tuple[Finding, ...]:
    """What the child has found, how much more than it tells, and what comments in the code say is none."""
    answer: dict[str, Any] = json.loads(printed)
    found = tuple(finding(path, line, kind, Certainty(certainty)) for path, line, kind, certainty in answer["found"])
    count, certainty = answer["more"]
    many, sure = answer["allowed_in_all"]
    return (
        *found,
        *((_more(count, Certainty(certainty)),) if count else ()),
        *((_allowed(answer["allowed"], many, sure),) if many else ()),
    )


def _more(count: int, certainty: Certainty) -> Finding:
    """Of what is told no more; it is as grave as the worst of that."""
    severity = Severity.CRITICAL if certainty is Certainty.SURE else _UNSURE[certainty][0]
    what = f"{count:,} more lines have secrets, or perhaps, and are not listed."
    return Finding(
        rule="secrets/more", severity=severity, what=what, mend="Mend those that are listed, and check again."
    )


def _allowed(lines: list[tuple[str, int]], many: int, sure: int) -> Finding:
    """A comment may be wrong, and whoever may commit may write one: who approves sees them."""
    looks = "1 line that looks" if many == 1 else f"{many:,} lines that look"
    doubt = f", and {sure:,} of them without doubt" if sure else ""
    return Finding(
        rule=SUPPRESSED,
        severity=Severity.MEDIUM if sure else Severity.INFO,
        what=f"Comments allow {looks} like a secret{doubt}.",
        mend="Look at each: a comment has no owner and no last day. What is a secret is revoked, and taken out.",
        untrusted_places=tuple(f"{shown(path)}:{line}" for path, line in lines),
        link=LINK,
    )


_UNSURE = {
    Certainty.LIKELY: (
        Severity.HIGH,
        "Most likely",
        "What it is given to is named like a secret, and it looks like no word. What was committed stays there.",
    ),
    Certainty.GUESS: (Severity.MEDIUM, "Perhaps", "It looks like one; it may be none."),
}


def states(paths: Iterable[str]) -> Iterator[Finding]:
    """Files of Terraform's state, whose values are in the clear whatever they are called."""
    for path in paths:
        if path.endswith((".tfstate", ".tfstate.backup")):
            yield Finding(
                rule="secrets/terraform-state",
                severity=Severity.HIGH,
                what="Terraform's state lies in the repository.",
                why="Every value is in it in the clear, passwords too, and two who apply overwrite each other's.",
                mend="Keep it in a backend, as generate_terraform makes one; take it out, and change what it held.",
                untrusted_places=(shown(path),),
                link="https://developer.hashicorp.com/terraform/language/state/sensitive-data",
            )


def left_out(paths: list[str], limit: int) -> tuple[Finding, ...]:
    """What to say of files that are too large to be scanned."""
    if not paths:
        return ()
    few = "1 file was" if len(paths) == 1 else f"{len(paths)} files were"
    what = f"{few} not scanned for secrets: more than {limit:,} bytes."
    named = tuple(shown(path) for path in paths[:3])
    return (Finding(rule="secrets/not-scanned", severity=Severity.INFO, what=what, untrusted_places=named),)


def shown(path: str) -> str:
    """A path from a commit on one line, with nothing in it that moves the cursor."""
    return path if path.isprintable() else ascii(path)[1:-1]


def _slug(kind: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", kind.lower()).strip("-")
