"""The parts of a repository are looked at one by one, and come to one result."""

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, CheckState, not_checked
from kr8.drivers.checkov.driver import together

FOUND = Finding(rule="checkov/CKV_A", severity=Severity.LOW, what="A.", mend="B.")


def test_what_was_found_in_each_part_is_found() -> None:
    parts = [Checked(checker="checkov", state=CheckState.CHECKED, findings=(FOUND,)) for _ in range(2)]
    whole = together("checkov", parts)
    assert (whole.state, whole.findings, whole.why) == (CheckState.CHECKED, (FOUND, FOUND), "")


def test_one_part_that_was_not_checked_is_no_pass_for_the_whole() -> None:
    parts = [
        Checked(checker="checkov", state=CheckState.CHECKED, findings=(FOUND,)),
        not_checked("checkov", "It gave up.", lasting=True),
        not_checked("checkov", "It was killed.", FOUND),
    ]
    whole = together("checkov", parts)
    assert (whole.state, whole.why) == (CheckState.NOT_CHECKED, "It gave up. It was killed.")
    assert not whole.lasting, "one of the two may be otherwise the next time"
    assert len(whole.findings) == 2
    assert together("checkov", parts[:2]).lasting
