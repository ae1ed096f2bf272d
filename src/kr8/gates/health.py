"""Every wanted instance of the release works."""

from __future__ import annotations

from kr8.domain.stage import Call, Reading, Verdict


def judge(reading: Reading) -> Verdict:
    """Back on a failed instance; wait until the desired state holds; else go."""
    failure = reading.observed.failure
    if failure is not None and failure.release == reading.release:
        return Verdict(call=Call.BACK, why=f"{failure.code}: {failure.what}")
    share = next((share for share in reading.observed.shares if share.release == reading.release), None)
    ready, wanted = (share.ready, share.wanted) if share is not None else (0, 1)
    if not reading.observed.settled or ready < wanted:
        return Verdict(call=Call.WAIT, why=f"{ready} of {wanted} instances are ready")
    return Verdict(call=Call.GO, why=f"{ready} of {wanted} instances are ready")
