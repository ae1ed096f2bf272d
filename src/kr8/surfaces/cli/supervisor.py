"""The supervisor of this machine, asked directly where the daemon is gone."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kr8.bridge.home import Home
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.problem import Failed, Problem, failed, parse_problem
from kr8.surfaces.cli.socket_http import NoAnswer, NotSent, ask

SETTLES_S = 120.0
"""How long a return to a baseline is watched."""


class Supervisor:
    """Some of the supervisor's verbs."""

    def __init__(self, home: Home) -> None:
        self._socket = Path(home.run) / "supervisor.sock"

    def health(self) -> dict[str, Any]:
        """Who it is and what it runs. Raises Failed, with the exit code of what cannot be reached where none runs."""
        found: dict[str, Any] = self._ask("GET", "/v1/health")
        return found

    def services(self) -> list[str]:
        """The keys of all services that it runs."""
        found: list[str] = self._ask("GET", "/v1/services")
        return found

    def drop_daemon(self) -> None:
        """Have it no longer start the daemon again."""
        self._ask("DELETE", "/v1/daemon")

    def shut_down(self) -> None:
        """Have it end, in a moment, with everything that it runs."""
        self._ask("POST", "/v1/shutdown", {"services": "stop"})

    def environments(self, project: str) -> list[dict[str, Any]]:
        """What the supervisor keeps of each environment of a project."""
        found: list[dict[str, Any]] = self._ask("GET", "/v1/environments")
        return [each for each in found if each["key"].partition(".")[0] == project]

    def observed(self, service: str) -> dict[str, Any]:
        """What runs of a service, by its key."""
        found: dict[str, Any] = self._ask("GET", f"/v1/services/{quote(service)}/observed")
        return found

    def give_back(self, environment: str) -> dict[str, Any]:
        """Have an environment, by its key, go back to what it promoted before; epoch, generation and label of that."""
        found: dict[str, Any] = self._ask("POST", f"/v1/environments/{quote(environment)}/return", {"to": "previous"})
        return found

    def settle(self, services: list[str], limit_s: float = SETTLES_S) -> list[dict[str, Any]]:
        """What is observed of services as soon as all are what is desired of them, one is stuck, or time is over."""
        deadline = time.monotonic() + limit_s
        while True:
            seen = [self.observed(service) for service in services]
            if all(each["settled"] or each["stuck"] for each in seen) or time.monotonic() > deadline:
                return seen
            waits = next(each for each in seen if not each["settled"])
            query = f"wait_s=2&since_revision={waits['revision']}"
            self._ask("GET", f"/v1/services/{quote(waits['key'])}/observed?{query}")

    def _ask(self, method: str, target: str, body: object = None) -> Any:
        try:
            status, value = ask(self._socket, method, target, body)
        except NotSent as error:
            raise Failed(_gone(str(error)), ExitCode.UNREACHABLE) from error
        except NoAnswer as error:
            raise failed(
                Problem(
                    "no_answer",
                    "The supervisor did not answer.",
                    str(error),
                    "Look at what is there before you try again: kr8 status, kr8 history.",
                    outcome="unknown",
                )
            ) from error
        if status != 200:
            raise failed(parse_problem(value))
        return value


def _gone(why: str) -> Problem:
    return Problem(
        "supervisor_unreachable",
        "Neither kr8's daemon nor its supervisor can be reached.",
        why=why,
        mend="Run this on the machine that runs the services, as the user kr8 runs as, with its KR8_HOME. "
        "`kr8 serve` starts both, and brings back what was promoted.",
        retryable=True,
    )
