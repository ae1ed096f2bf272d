"""Which request is which verb."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable

from kr8.supervisor import wire
from kr8.supervisor.codec import MalformedError, decode
from kr8.supervisor.refused import RefusedError, malformed, state_unreadable, unknown
from kr8.supervisor.verbs import Verbs


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was read."""

    method: str
    path: str
    query: dict[str, str]
    body: object

    def number(self, name: str) -> float | None:
        """A number of the query."""
        try:
            return None if name not in self.query else float(self.query[name])
        except ValueError as error:
            raise MalformedError(f"query.{name}: expected a number") from error


Verb = Callable[[Verbs, Request, str], object]
_NAME = "([^/]+)"


def _put_desired(v: Verbs, r: Request, name: str) -> object:
    return v.control.put_desired(wire.service_key(name), decode(wire.PutDesired, r.body))


def _observed(v: Verbs, r: Request, name: str) -> object:
    since = r.number("since_revision")
    return v.control.observed(name, r.number("wait_s") or 0.0, None if since is None else int(since))


def _promoted(v: Verbs, r: Request, name: str) -> object:
    return v.control.put_promoted(wire.environment_key(name), decode(wire.PutPromoted, r.body))


def _epoch(v: Verbs, r: Request, name: str) -> object:
    return v.control.post_epoch(wire.environment_key(name), decode(wire.PostEpoch, r.body).epoch)


def _put_task(v: Verbs, r: Request, name: str) -> object:
    return v.tasks.put(wire.task_id(name), decode(wire.TaskSpec, r.body))


def _put_daemon(v: Verbs, r: Request, _: str) -> object:
    return v.put_daemon(decode(wire.DaemonSpec, r.body))


def _shutdown(v: Verbs, r: Request, _: str) -> object:
    return v.shutdown(decode(wire.PostShutdown, r.body))


ROUTES: tuple[tuple[str, str, Verb], ...] = (
    ("GET", "/v1/health", lambda v, _r, _n: v.health()),
    ("GET", "/v1/program", lambda v, _r, _n: v.program),  # not in the health, which older daemons decode exactly
    ("GET", "/v1/services", lambda v, _r, _n: v.control.services()),
    ("PUT", f"/v1/services/{_NAME}/desired", _put_desired),
    ("GET", f"/v1/services/{_NAME}/observed", _observed),
    ("GET", f"/v1/services/{_NAME}/counters", lambda v, _r, n: v.control.counters(n)),
    ("GET", f"/v1/services/{_NAME}/evidence", lambda v, r, n: v.control.evidence(n, r.query.get("release"))),
    ("GET", "/v1/environments", lambda v, _r, _n: v.control.environments()),
    ("GET", f"/v1/environments/{_NAME}", lambda v, _r, n: v.control.environment(n)),
    ("PUT", f"/v1/environments/{_NAME}/promoted", _promoted),
    (
        "POST",
        f"/v1/environments/{_NAME}/return",
        lambda v, r, n: v.control.post_return(wire.environment_key(n), decode(wire.PostReturn, r.body)),
    ),
    ("POST", f"/v1/environments/{_NAME}/epoch", _epoch),
    ("PUT", f"/v1/tasks/{_NAME}", _put_task),
    ("GET", f"/v1/tasks/{_NAME}", lambda v, r, n: v.task(n, r.number("wait_s") or 0.0)),
    ("DELETE", f"/v1/tasks/{_NAME}", lambda v, _r, n: v.tasks.kill(n)),
    ("PUT", "/v1/daemon", _put_daemon),
    ("DELETE", "/v1/daemon", lambda v, _r, _n: v.drop_daemon()),
    ("POST", "/v1/upgrade", lambda v, _r, _n: v.upgrade()),
    ("POST", "/v1/shutdown", _shutdown),
    ("GET", "/v1/journal", lambda v, r, _n: v.journal.since(int(r.number("since") or 0))),
)
_ALWAYS = {f"/v1/{verb}" for verb in ("health", "program", "services", "daemon", "upgrade", "shutdown", "journal")}
"""What can be asked and done though the state is not known."""
_COMPILED = tuple((method, re.compile(path), verb) for method, path, verb in ROUTES)


async def answer(verbs: Verbs, request: Request) -> object:
    """Do what is asked, in the loop; RefusedError for everything that is not done."""
    try:
        found = _dispatch(verbs, request)
        return await found if isawaitable(found) else found
    except RefusedError:
        raise
    except ValueError as error:
        raise malformed(str(error)) from error


def _dispatch(verbs: Verbs, request: Request) -> "object | Awaitable[object]":
    for method, path, verb in _COMPILED:
        if method == request.method and (match := path.fullmatch(request.path)) is not None:
            if verbs.store.lost and request.path not in _ALWAYS:
                raise state_unreadable(verbs.store.lost)
            return verb(verbs, request, match.group(1) if match.groups() else "")
    raise unknown("route", f"{request.method} {request.path}", tuple(f"{m} {p}" for m, p, _ in ROUTES))
