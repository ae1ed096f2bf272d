"""What HAProxy prints, as values."""

import pytest

from kr8.supervisor.proxy.parse import Answers, Record, answers, reading, record, stat_rows

HEAD = "# pxname,svname,scur,status,weight,uweight,type,addr,check_status,check_code,last_chk,wretr,wredis,"


def stat(*lines: str) -> str:
    return "\n".join([HEAD, *lines, "", ""])


def test_servers_are_read_and_other_lines_left_out() -> None:
    rows = stat_rows(
        stat(
            "p.e.web,FRONTEND,0,OPEN,,,0,,,,,,,",
            "p.e.web,r1-0,3,UP,50,50,2,127.0.0.1:9001,L7OK,200,,2,1,",
            "p.e.web,BACKEND,0,UP,50,50,1,,,,,,,",
        )
    )
    (found,) = rows
    assert (found.key, found.server, found.status, found.weight, found.current) == ("p.e.web", "r1-0", "up", 50, 3)
    assert (found.retries, found.address, found.check, found.check_passed) == (3, "127.0.0.1:9001", "L7OK 200", True)


@pytest.mark.parametrize(
    ("status", "check", "wanted"),
    [
        ("UP", "L7OK", "up"),
        ("UP", "INI", "checking"),
        ("UP 1/2", "L7OK", "up"),
        ("no check", "", "up"),
        ("DOWN", "L4CON", "down"),
        ("DOWN 1/2", "* L7STS", "down"),
        ("DRAIN", "L7OK", "drain"),
        ("MAINT", "", "maint"),
        ("MAINT (resolution)", "", "maint"),
    ],
)
def test_statuses(status: str, check: str, wanted: str) -> None:
    (found,) = stat_rows(stat(f"k,s,0,{status},0,0,2,127.0.0.1:1,{check},,,0,0,"))
    assert found.status == wanted


def test_information_and_servers_come_from_one_answer() -> None:
    text = "Name: HAProxy\nPid: 42\nStart_time_sec: 99\ndescription: abc\nDroppedLogs: 7\n\n"
    found = reading(text + stat("k,s,0,UP,1,1,2,127.0.0.1:1,L4OK,,,0,0,"))
    assert (found.pid, found.started, found.digest, found.lost_records) == (42, "99", "abc", 7)
    assert len(found.rows) == 1


def test_a_process_that_hangs_up_is_a_lost_connection() -> None:
    for text in ("", "Pid: 42\n"):
        with pytest.raises(ConnectionError):
            reading(text)


def test_answers_to_a_batch() -> None:
    assert answers("\nNew server registered.\n\nServer deleted.\n\n") == Answers(False, ())
    assert answers("Server still has connections attached to it, cannot remove it.\n") == Answers(True, ())
    assert answers("\nNo such server.\n") == Answers(False, ("No such server.",))


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("k|p.e.web|r1-0|200|25|5|--", Record("p.e.web", "r1-0", 200, 20, "--")),
        ("k|p.e.web|r1-0|503|25|-1|SC", Record("p.e.web", "r1-0", 503, None, "SC")),
        ("k|p.e.web|<NOSRV>|-1|-1|-1|CR", Record("p.e.web", "<NOSRV>", -1, None, "CR")),
        ("Server p.e.web/r1-0 is DOWN", None),
        ("k|torn", None),
        ("k|p|s|x|1|1|--", None),
    ],
)
def test_log_lines(line: str, wanted: Record | None) -> None:
    assert record(line) == wanted
