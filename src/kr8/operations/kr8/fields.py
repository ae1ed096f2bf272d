"""Arguments that many operations take, described once."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

ProjectArgument = Annotated[
    str | None,
    Field(description="Id, name or path. Default: here.", json_schema_extra={"short": "p"}),
]
EnvironmentArgument = Annotated[
    str, Field(description="Environment of kr8.toml.", json_schema_extra={"positional": True})
]
DeploymentArgument = Annotated[str, Field(description="Deployment id.", json_schema_extra={"positional": True})]
Wait = Annotated[float, Field(ge=0, le=25, description="Seconds to wait for its end.")]
WaitForChecks = Annotated[float, Field(ge=0, le=25, description="Seconds to wait; running: call again.")]
WaitForPlan = Annotated[float, Field(ge=0, le=25, description="Seconds to wait for the plan.")]
WaitForChange = Annotated[float, Field(ge=0, le=25, description="Seconds to wait for a change.")]
Reason = Annotated[
    str, Field(max_length=2000, description="Why, for the record.", json_schema_extra={"freeWords": True})
]
