"""A request that is refused, as a value to answer with."""

from kr8.supervisor.observed import Problem


class RefusedError(Exception):
    """Carries the HTTP status and the problem; nothing was changed."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.what)
        self.status = status
        self.problem = problem


KNOWN = "ask for one that is known; `kr8 status` shows what the supervisor runs"


def unknown(what: str, name: str, known: tuple[str, ...]) -> RefusedError:
    """404 that names what there is."""
    there = ", ".join(known) or "none"
    return RefusedError(404, Problem(f"unknown_{what}", f"there is no {what} {name!r}", f"known: {there}", KNOWN))


def malformed(why: str) -> RefusedError:
    """400 with the path that is wrong."""
    return RefusedError(
        400,
        Problem(
            "malformed",
            "the request is not understood",
            why,
            "correct what `why` names; where kr8 itself asked, `kr8 doctor` says what is wrong with its supervisor",
        ),
    )


def word_missing(path: str) -> RefusedError:
    """403: a service can connect, too, and what it could have done here it must not."""
    return RefusedError(
        403,
        Problem(
            "word_missing",
            "whoever asks must show that they may read this home",
            f"the header of {path} did not come with the request, or is another one",
            f"run this as the user that kr8 runs as; curl takes --header @{path}",
        ),
    )


def fenced(environment: str, given: int, held: int) -> RefusedError:
    """409: somebody newer holds the environment."""
    return RefusedError(
        409,
        Problem(
            "fenced",
            f"epoch {given} of {environment} is over; {held} holds",
            "another deployment, or a return to the baseline, took the environment",
            "take the lease again and read what is observed first",
            detail={"epoch": str(held)},
        ),
    )


def irreversible(environment: str, generation: int, crossed: str) -> RefusedError:
    """409: what an older release would find is no longer what it knows."""
    return RefusedError(
        409,
        Problem(
            "rollback_irreversible",
            f"{environment} cannot go back to generation {generation}: "
            f"a command that cannot be undone ran for {crossed}",
            "the older release may not work with what that command has changed",
            "Deploy a commit that mends the fault forward",
        ),
    )


def not_written(error: OSError) -> RefusedError:
    """507: the state could not be written, and so nothing was done."""
    return RefusedError(
        507,
        Problem(
            "state_not_written",
            "nothing was changed: the state file could not be written",
            str(error),
            "free space below KR8_HOME; a return to the baseline still works",
            retryable=True,
        ),
    )


def state_unreadable(why: str) -> RefusedError:
    """503: what must run is not known, and so nothing is done about it."""
    return RefusedError(
        503,
        Problem(
            "state_unreadable",
            "the state file cannot be read: what runs goes on as it is, and nothing can be changed",
            why,
            "put a copy of it back, which counts within a second; or end all that runs with `kr8 stop --services`, "
            "which sets the file aside, and start what was promoted with `kr8 restart ENVIRONMENT`",
        ),
    )


def port_taken(listen: str, why: str, detail: dict[str, str]) -> RefusedError:
    """409 that names who holds the port."""
    return RefusedError(
        409,
        Problem("port_taken", f"{listen} is taken", why, "stop that process or listen elsewhere", detail=detail),
    )
