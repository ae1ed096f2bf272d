"""Who may do what, from the table that decides it."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.contract import catalogue
from scripts.reference.markdown import code, page, table

from kr8.catalogue.operation import Operation
from kr8.domain.caller import Audience, Effect
from kr8.domain.rights import Asker, right_of

COLUMNS = tuple((asker, protected) for asker in (Asker.AWAY, Asker.LOCAL) for protected in (False, True))


def rights() -> str:
    """rights.md: each operation, by where it is called and whether the environment asks for approvals."""
    head = [f"{asker.value}, {'protected' if protected else 'free'}" for asker, protected in COLUMNS]
    found = sorted(catalogue(), key=lambda each: (each.mark.effect is Effect.READ, _for_people(each), each.name))
    return page(
        "Who may do what",
        "No caller is proved by where a call comes in: an agent with a shell can type a command too. What is asked for "
        "goes by the environment. A *protected* one has an `approval` in kr8.toml, or had one when it was promoted "
        "last; any other is *free*. Of the list of approvers *free* is while nobody is on it.",
        "- `yes`: it is done, or makes a plan that runs.\n"
        "- `approval`: it makes a plan, which waits until people have approved it with `kr8 approve`.\n"
        "- `signature`: an approver of the environment signs this very request; on a terminal kr8 shows the text and "
        "asks. Without: `person_required`.\n"
        "- `its own signature`: it carries a signature under the plan.\n"
        "- `no`: it is refused, whatever is sent with it.",
        table(("operation", *head), (tuple(_row(each)) for each in found)),
        "Over the command line's socket a refusal that asks for a signature has `to_sign` beside its `problem`: "
        "`request`, `namespace` and `text`. The same call is done with the header "
        "`X-Kr8-Signature: REQUEST SIGNATURE`: the signature of `ssh-keygen -Y sign` percent-encoded. The text counts "
        "once, for five minutes.",
    )


def _row(found: Operation) -> Iterator[str]:
    yield code(found.name)
    for asker, protected in COLUMNS:
        yield right_of(found.mark.audience, found.mark.reach, asker, protected=protected).value


def _for_people(found: Operation) -> bool:
    return found.mark.audience is Audience.PEOPLE
