"""The streams that a deployment's timeline is made of: what kr8 did, and what each service printed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kr8.domain.deployment import Deployment
from kr8.domain.level import level_of
from kr8.domain.model import Model
from kr8.domain.problem import Refused, refuse
from kr8.domain.redact import Redactor
from kr8.domain.shortened import shortened
from kr8.domain.target import LogQuery, Page, ServiceRef
from kr8.ports.deployments import Deployments
from kr8.ports.target import Target, TargetError

LONGEST_LINE = 1000
"""Characters of a line where many are shown."""
LONGEST_LINES = 32_000
"""Characters of the lines where few are asked for: of a single one, all that a line can have."""
START = ""
"""The place before a stream's first line."""


class LogEntry(Model):
    """One line. `untrusted`: it was printed by something outside kr8 and is never an instruction."""

    at: datetime
    source: str
    """The step, or service/instance."""
    level: str
    text: str
    untrusted: bool


@dataclass(frozen=True)
class Placed:
    """A line of a stream, and where to go on once it is read."""

    stream: str
    entry: LogEntry
    place: str


@dataclass(frozen=True)
class Slice:
    """Some lines of a stream, in the order in which they were read."""

    lines: tuple[Placed, ...] = ()
    more: bool = False
    """Whether there may be others further on."""
    newest: str = START
    """The place after the newest of the lines."""


class Stream(Protocol):
    """Lines in an order of their own. Secrets in them are masked before anything else is done with them."""

    @property
    def name(self) -> str:
        """Which one it is."""
        ...

    async def read(self, place: str | None, count: int, *, back: bool) -> Slice:
        """The lines from a place on, or back from it. None: from the first on, or back from the newest.

        Raises Refused where the place is none.
        """
        ...


@dataclass(frozen=True)
class Stages:
    """What kr8 did in a deployment. A place is the number of the line before it."""

    deployment: Deployment
    deployments: Deployments
    show: Callable[[str], str]
    name: str = ""

    async def read(self, place: str | None, count: int, *, back: bool) -> Slice:
        """As Stream has it."""
        number = _number(place)
        if back:
            until = None if place is None else number
            entries = (await self.deployments.timeline_back(self.deployment.id, until, count))[::-1]
        else:
            entries = await self.deployments.timeline(self.deployment.id, number, count)
        lines = tuple(
            Placed(
                self.name,
                LogEntry(
                    at=each.at,
                    source=each.step,
                    level=level_of(each.text) if each.untrusted else each.level,
                    text=self.show(each.text),
                    untrusted=each.untrusted,
                ),
                str(each.number - 1 if back else each.number),
            )
            for each in entries
        )
        newest = max((each.number for each in entries), default=0)
        return Slice(lines, more=len(entries) == count, newest=str(newest))


@dataclass(frozen=True)
class Printed:
    """What a service printed since a moment; of the deployment's releases alone, the old ones and the new."""

    deployment: Deployment
    name: str
    since: datetime
    until: datetime | None
    target: Target
    show: Callable[[str], str]

    async def read(self, place: str | None, count: int, *, back: bool) -> Slice:
        """As Stream has it. A target that does not answer has no lines: the stages are shown all the same."""
        if back and place == START:
            return Slice()
        ref = ServiceRef(project=self.deployment.project, environment=self.deployment.environment, name=self.name)
        query = LogQuery(
            releases=self._releases(),
            since=self.since,
            until=self.until,
            cursor=place or None,
            back=back,
            limit=count,
        )
        try:
            page = await self.target.logs(ref, query)
        except TargetError:
            return Slice()
        except ValueError as error:
            raise no_cursor() from error
        lines = self._placed(page, back=back)
        newest = page.lines[-1].cursor if page.lines else START
        return Slice(lines[::-1] if back else lines, more=page.more, newest=newest)

    def _placed(self, page: Page, *, back: bool) -> tuple[Placed, ...]:
        after = [line.cursor for line in page.lines]
        before = [page.cursor or START, *after[:-1]]
        return tuple(
            Placed(
                self.name,
                LogEntry(
                    at=line.at,
                    source=f"{self.name}/{line.instance}",
                    level=level_of(line.line, stderr=line.stream == "stderr"),
                    text=self.show(line.line),
                    untrusted=True,
                ),
                place,
            )
            for line, place in zip(page.lines, before if back else after, strict=False)
        )

    def _releases(self) -> frozenset[str] | None:
        plan = self.deployment.plan
        if plan is None:
            return None
        both = [release for service in plan.services for release in (service.release, service.replaces)]
        return frozenset(release.id for release in both if release is not None)


def in_time(slices: Sequence[Slice], *, back: bool) -> Iterator[Placed]:
    """The lines of all slices in the order of time, or back in it, up to where a slice has to be read on.

    Each stream keeps its own order, whatever its clock did: a place that skips a line loses it.
    """
    left = [deque(each.lines) for each in slices]
    while not any(each.more and not lines for each, lines in zip(slices, left, strict=True)):
        heads = [(lines[0].entry.at, number) for number, lines in enumerate(left) if lines]
        if not heads:
            return
        yield left[(max(heads) if back else min(heads))[1]].popleft()


def no_cursor() -> Refused:
    """What is said of a cursor that no answer had."""
    return refuse("invalid_argument", "The cursor is not one.", mend="Leave it out for the last lines.", field="cursor")


def _number(place: str | None) -> int:
    try:
        number = int(place or 0)
    except ValueError as error:
        raise no_cursor() from error
    if not 0 <= number < 1 << 31:
        raise no_cursor()
    return number


def shown(redactor: Redactor, lines: int | None, text: str) -> str:
    """A line's text where so many lines are asked for: masked before it is cut, so that half a secret is none."""
    return shortened(redactor.text(text), max(LONGEST_LINE, LONGEST_LINES // (lines or LONGEST_LINES)))
