"""What a call with an idempotency key is known by."""

from __future__ import annotations

import hashlib

from kr8.catalogue.operation import Call, Operation
from kr8.domain.caller import Caller
from kr8.domain.digest import canonical, digest
from kr8.domain.keyed import KeyedCall, checked_key
from kr8.domain.model import Model
from kr8.domain.rights import Reach

NOT_ASKED = {"wait_s"}
"""Fields that say how long somebody waits, not what is to be done."""


def keyed_call(key: str, found: Operation, request: Model, caller: Caller, call: Call) -> KeyedCall:
    """A call as it is remembered; `caller`: who asks, whoever signs. Raises Refused (idempotency_key_not_valid)."""
    identity = digest([caller.surface, caller.name, caller.session, found.name, checked_key(key)])
    what = canonical([request.model_dump(mode="json", exclude=NOT_ASKED), call.directory])
    request_digest = _slow_digest(what, identity) if found.write_only else hashlib.sha256(what).hexdigest()
    return KeyedCall(id=identity, request=request_digest, deployment=call.new("dep"), begun_at=call.now)


def is_repeatable(found: Operation) -> bool:
    """Whether an interrupted call may be done again: it does nothing twice, or all that it does is one deployment."""
    return found.mark.idempotent or found.mark.reach in (Reach.PLAN, Reach.BACK)


def _slow_digest(what: bytes, salt: str) -> str:
    """The digest of what has the value of a secret in it: whoever reads the store must not find it by trying many."""
    # Some 20 ms, and nothing else is answered meanwhile: a person sets secrets, and seldom.
    return hashlib.scrypt(what, salt=salt.encode(), n=1 << 13, r=8, p=1, dklen=32).hex()
