"""When jobs run, as EventBridge has it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from kr8.domain.project import Project
from kr8.domain.schedule import Cron, parse_schedule
from kr8.domain.terraform import TerraformParameters

UTC = "UTC"
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def schedules(project: Project, told: TerraformParameters) -> dict[str, str]:
    """The schedule of each job that has one: as this target is told, else as its service says."""
    own = {name: eventbridge(parse_schedule(each.schedule)) for name, each in project.services.items() if each.schedule}
    return dict(sorted((own | told.schedules).items()))


def own_schedules(project: Project, told: TerraformParameters) -> tuple[str, ...]:
    """The jobs whose schedule is their service's, which is in UTC."""
    return tuple(name for name, each in project.services.items() if each.schedule and name not in told.schedules)


def eventbridge(cron: Cron) -> str:
    """A schedule as EventBridge writes it: of days of the month and of the week one is always left open."""
    minutes, hours = _listed(cron.minutes, 60), _listed(cron.hours, 24)
    days = "?" if cron.on_weekdays() else _listed(cron.days, 31)
    weekdays = ",".join(_WEEKDAYS[day] for day in cron.weekdays) if cron.on_weekdays() else "?"
    return f"cron({minutes} {hours} {days} {_listed(cron.months, 12)} {weekdays} *)"


def _listed(numbers: Sequence[int], all_of_them: int) -> str:
    if len(numbers) == all_of_them:
        return "*"
    # Numbers that follow each other differ from their places by the same.
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)
