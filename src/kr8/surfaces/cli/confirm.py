"""A person's yes, before something is done."""

import click

from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.problem import Failed, Problem
from kr8.surfaces.cli.session import Session


def YES(*, approved: bool = False) -> click.Option:  # noqa: N802 - stands for the option it makes
    """`--yes`; of what an environment may ask an approval for, it says that it is none."""
    text = "Do not ask. It grants nothing: an approval stays needed." if approved else "Do not ask."
    return click.Option(["--yes", "-y"], is_flag=True, help=text)


def confirm(
    session: Session, question: str, *, yes: bool, mend: str = "", value: dict[str, object] | None = None
) -> None:
    """Return where somebody says yes. Raises Failed (not_confirmed) on a no, and where nobody can be asked."""
    if yes:
        return
    if not session.screen.asks:
        why = "This is no terminal, so there is nobody to ask."
        raise not_confirmed(why, mend or "Say --yes to do it without being asked.", value)
    if not session.screen.confirm(question):
        raise not_confirmed("You did not say yes.", "The same command asks again.", value)


def not_confirmed(why: str, mend: str, value: dict[str, object] | None = None) -> Failed:
    """The refusal of what nobody has confirmed."""
    return Failed(
        Problem("not_confirmed", "Nothing was changed.", why=why, mend=mend), ExitCode.NOT_CONFIRMED, value or {}
    )
