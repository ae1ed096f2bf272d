"""People's approvals: the text to sign, the signature, and who may sign."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain.approval import NAMESPACE, ApprovalRecord, ApprovalText, Approver, expiry
from kr8.domain.caller import Audience, Effect
from kr8.domain.deployment import Deployment, Event, State
from kr8.domain.model import Model, Name
from kr8.domain.nearest import nearest
from kr8.domain.problem import refuse
from kr8.domain.project import Approval
from kr8.domain.rights import Reach
from kr8.operations.kr8.fields import DeploymentArgument
from kr8.operations.kr8.views import DeploymentView, view
from kr8.ports.approvals import Approvals, Signatures
from kr8.workflows.desk import Desk
from kr8.workflows.queue import put_in_queue, refuse_while_stuck

Decision = Annotated[Literal["approve", "deny"], Field(description="Yes or no.")]


class GetApprovalText(Model):
    """Which deployment, and which decision."""

    deployment: DeploymentArgument
    decision: Decision = "approve"


class ApprovalTextView(Model):
    """What a person signs, and what is at stake."""

    text: str
    namespace: str
    touches: str
    undone_by: str
    untrusted_reason: str


class ApproveDeployment(Model):
    """A person's decision, signed."""

    deployment: DeploymentArgument
    signature: Annotated[str, Field(max_length=10_000, description="`ssh-keygen -Y sign` of the approval's text.")]
    decision: Decision = "approve"


class AddApprover(Model):
    """Whom to enrol."""

    name: Annotated[Name, Field(description="The person's name.", json_schema_extra={"positional": True})]
    public_key: Annotated[
        str,
        Field(
            max_length=4096,
            pattern=r"^\s*\S[^\r\n]*\s*$",
            description="One line of an .pub file: ed25519 or a FIDO sk- key.",
        ),
    ]
    environments: Annotated[tuple[Name, ...], Field(description="Where they may approve. Default: everywhere.")] = ()


class RemoveApprover(Model):
    """Whom to take out."""

    name: Annotated[str, Field(description="The person's name.", json_schema_extra={"positional": True})]


class ListApprovers(Model):
    """No arguments."""


class ApproverView(Model):
    """A person who may approve."""

    name: str
    fingerprint: str
    environments: tuple[str, ...]
    added_by: str


class ApproverList(Model):
    """Everybody who may approve."""

    approvers: tuple[ApproverView, ...]


@operation(Effect.READ, command="deployment approval-text", audience=Audience.PEOPLE)
async def get_approval_text(request: GetApprovalText, desk: Desk) -> ApprovalTextView:
    """Show the text that a person signs to approve or deny a deployment."""
    found = await desk.get(request.deployment)
    text, _ = _waiting(found, request.decision)
    assert found.plan is not None
    return ApprovalTextView(
        text=text.canonical().decode(),
        namespace=NAMESPACE,
        touches=found.plan.blast_radius.touches,
        undone_by=found.plan.blast_radius.undone_by,
        untrusted_reason=found.reason,
    )


@operation(Effect.CHANGE, command="deployment decide", audience=Audience.PEOPLE, reach=Reach.DECISION)
async def approve_deployment(
    request: ApproveDeployment, call: Call, desk: Desk, approvals: Approvals, signatures: Signatures
) -> DeploymentView:
    """Approve or deny a deployment with a signature; an approved one runs as soon as enough people have approved."""
    found = await desk.get(request.deployment)
    text, policy = _waiting(found, request.decision)
    if request.decision == "approve":
        await refuse_while_stuck(desk.deployments, found.project, found.environment)
    approver = await _signer(text.canonical(), request.signature, found, approvals, signatures)
    if approver.name.casefold() == found.requested_by.name.casefold() and not policy.self:
        raise refuse(
            "own_request",
            f"{approver.name} has asked for this deployment and cannot approve it.",
            mend="Another person approves; or, for people who work alone, approval.self = true in kr8.toml.",
        )
    record = ApprovalRecord(
        text=text,
        signature=request.signature,
        approver=approver.name,
        fingerprint=approver.fingerprint,
        made_at=call.now,
        surface=call.caller,
    )
    used = not await approvals.use(record)
    known = await approvals.given(found.id)
    given = tuple(each.approver for each in known if each.text.decision == "approve")
    denied = any(each.text.decision == "deny" for each in known)
    if used and not denied and len(set(given)) < policy.people:
        raise refuse(
            "approval_used",
            f"{approver.name} has decided on {found.id} already.",
            mend=f"Another approver decides: kr8 approve {found.id}",
            field="signature",
        )
    # Used, and still waiting although enough have decided: the process died before that was carried out.
    if denied:
        return await _kept(desk, found.after(Event.DENIED, ended_at=call.now))
    if len(set(given)) < policy.people:
        return await _kept(desk, found.model_copy(update={"approvals": given}))
    return view(await put_in_queue(desk, found.id, Event.APPROVED, approvals=given))


async def _kept(desk: Desk, decided: Deployment) -> DeploymentView:
    """The deployment as it is now: somebody else may have decided at the same moment."""
    saved = await desk.deployments.save(decided, State.AWAITING_APPROVAL)
    return view(decided if saved else await desk.get(decided.id))


def _waiting(found: Deployment, decision: str) -> tuple[ApprovalText, Approval]:
    plan = found.plan
    if found.state is not State.AWAITING_APPROVAL or plan is None or plan.policy.approval is None:
        raise refuse(
            "not_awaiting_approval",
            f"{found.id} waits for no approval: it is {found.state}.",
            mend=f"Nothing is to be signed. get_deployment, or kr8 deployment show {found.id}, says what comes next.",
            field="deployment",
        )
    text = ApprovalText(
        deployment=found.id,
        digest=plan.digest(),
        project=plan.project,
        environment=plan.environment,
        account=plan.account,
        policy=plan.policy.version(),
        requested_by=plan.requested_by,
        decision=decision,
        expires_at=expiry(plan.made_at, plan.policy.approval.within),
    )
    return text, plan.policy.approval


async def _signer(
    text: bytes, signature: str, found: Deployment, approvals: Approvals, signatures: Signatures
) -> Approver:
    approvers = await approvals.approvers()
    may = [each for each in approvers if each.may_approve(found.project, found.environment)]
    for approver in may:
        if await signatures.verify(text, signature, approver, NAMESPACE):
            return approver
    names = ", ".join(each.name for each in may) or "nobody"
    raise refuse(
        "signature_not_valid",
        f"No approver of {found.environment} has signed this plan.",
        why=f"May approve here: {names}. The signature binds digest, environment, account, policy and requester.",
        mend="Enrol the person with `kr8 approver add`, or sign the text that `kr8 approve` shows.",
        field="signature",
    )


@operation(Effect.READ, command="approver list", audience=Audience.PEOPLE)
async def list_approvers(request: ListApprovers, approvals: Approvals) -> ApproverList:
    """List the people who may approve deployments."""
    return ApproverList(approvers=_views(await approvals.approvers()))


@operation(Effect.CHANGE, command="approver add", audience=Audience.PEOPLE, reach=Reach.APPROVERS, idempotent=True)
async def add_approver(request: AddApprover, call: Call, approvals: Approvals, signatures: Signatures) -> ApproverList:
    """Enrol a person by their SSH public key. From the second one on, an approver must sign that."""
    fingerprint = await signatures.fingerprint(request.public_key)
    await approvals.add_approver(
        Approver(
            name=request.name,
            public_key=request.public_key.strip(),
            fingerprint=fingerprint,
            added_at=call.now,
            added_by=call.caller.label(),
            environments=request.environments,
        )
    )
    return ApproverList(approvers=_views(await approvals.approvers()))


@operation(Effect.CHANGE, command="approver remove", audience=Audience.PEOPLE, reach=Reach.APPROVERS, idempotent=True)
async def remove_approver(request: RemoveApprover, approvals: Approvals) -> ApproverList:
    """Take a person off the list of approvers; an approver must sign that."""
    if not await approvals.remove_approver(request.name):
        known = [each.name for each in await approvals.approvers()]
        raise refuse(
            "unknown_approver",
            f"There is no approver {request.name!r}.",
            mend=nearest(request.name, known),
            field="name",
        )
    return ApproverList(approvers=_views(await approvals.approvers()))


def _views(known: tuple[Approver, ...]) -> tuple[ApproverView, ...]:
    return tuple(
        ApproverView(
            name=each.name, fingerprint=each.fingerprint, environments=each.environments, added_by=each.added_by
        )
        for each in known
    )
