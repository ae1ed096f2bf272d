"""What kr8.toml says of infrastructure: once for the project, and where an environment differs."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from kr8.domain.ansible import AnsibleParameters
from kr8.domain.kubernetes import KubernetesParameters
from kr8.domain.model import Model, shared
from kr8.domain.pipeline import PipelineParameters
from kr8.domain.terraform import TerraformParameters

M = TypeVar("M", bound=Model)


class Infrastructure(Model):
    """What the generators are told; an environment's own table overrides it field by field."""

    terraform: TerraformParameters = shared(TerraformParameters())
    """For `generate_terraform`."""
    kubernetes: KubernetesParameters = shared(KubernetesParameters())
    """For `generate_kubernetes`."""
    ansible: AnsibleParameters = shared(AnsibleParameters())
    """For `generate_ansible`."""
    pipeline: PipelineParameters = shared(PipelineParameters())
    """For `generate_pipeline`."""


def overridden(base: M, over: M) -> M:
    """The values of `base`, but for those that were given in `over`, tables within it likewise."""
    given = {
        name: _merged(getattr(base, name), theirs)
        for name in over.model_fields_set
        if (theirs := getattr(over, name)) is not None
    }
    return base.model_copy(update=given)


def _merged(mine: Any, theirs: Any) -> Any:
    if isinstance(mine, Model) and type(mine) is type(theirs):
        return overridden(mine, theirs)
    if isinstance(mine, dict):
        table = cast("dict[str, Any]", mine)
        return {**table, **{key: _merged(table.get(key), value) for key, value in theirs.items()}}
    return theirs
