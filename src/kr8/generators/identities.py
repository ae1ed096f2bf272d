"""The environments of GitHub by which a pipeline's identities are told apart."""

from __future__ import annotations

from kr8.domain.problem import refuse
from kr8.domain.project import Project


def planning(environment: str) -> str:
    """The environment of GitHub in which pull requests plan one of kr8's; what deploys has its own name."""
    return f"plan-{environment}"


def check_apart(project: Project) -> None:
    """Refuse an environment that is called like another one's plans. Raises Refused (environments_alike)."""
    for name in project.environments:
        if (other := planning(name)) in project.environments:
            raise refuse(
                "environments_alike",
                f"The environment {other} is called as the plans of {name} are in a pipeline.",
                why=f"A pull request that plans {name} would have the identity that deploys {other}.",
                mend=f"Call {other} otherwise.",
                field=f"environments.{other}",
            )
