"""What an environment asks before it lets itself be changed."""

from __future__ import annotations

from kr8.domain.digest import digest
from kr8.domain.model import Model
from kr8.domain.project import Approval, Environment


class Policy(Model):
    """An environment's protection."""

    approval: Approval | None = None

    def version(self) -> str:
        """The digest that an approval binds: another policy is another version."""
        return digest(self)[:16]


def policy_of(environment: Environment) -> Policy:
    """The policy that an environment of kr8.toml declares."""
    return Policy(approval=environment.approval)


def stricter(standing: Policy | None, proposed: Policy) -> Policy:
    """The stricter of the policy that stands and the one proposed: a commit cannot loosen a protection by itself."""
    if standing is None or standing.approval is None:
        return proposed
    if proposed.approval is None:
        return standing
    return Policy(
        approval=Approval(
            people=max(standing.approval.people, proposed.approval.people),
            self=standing.approval.self and proposed.approval.self,
            within=min(standing.approval.within, proposed.approval.within),
        )
    )


def is_as_strict(policy: Policy, than: Policy) -> bool:
    """Whether a policy asks for nothing less than another does."""
    return stricter(than, policy) == policy
