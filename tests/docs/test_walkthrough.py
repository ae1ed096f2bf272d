"""The runner of the documentation finds commands, and fails where a page is wrong."""

from __future__ import annotations

import pytest
from tests.support.walkthrough import Command, Walkthrough, commands_of, missing

PAGE = """\
# A page

```console
$ echo one
one
$ cat <<END
> two
> END
two
```

```sh
$ never run
```

<!-- test
$ true
-->
"""


def test_commands_of_a_page_with_what_they_print() -> None:
    assert commands_of(PAGE) == [
        Command(4, "echo one", ("one",)),
        Command(6, "cat <<END\ntwo\nEND", ("two",)),
        Command(17, "true", ()),
    ]


def test_expected_lines_come_in_order_and_whole() -> None:
    output = "plan dep_1: deploy\n  web: 0 of 12 requests failed\nsucceeded\n"
    assert missing(("plan dep_…: deploy", "web: 0 of … requests failed", "succeeded"), output) is None
    assert missing(("succeeded", "plan dep_…: deploy"), output) == "plan dep_…: deploy"
    assert missing(("web: 0 of 1 requests failed",), output) == "web: 0 of 1 requests failed"
    assert missing(("succeed",), output) == "succeed"


def test_a_page_is_one_shell_that_fails_where_the_page_is_wrong() -> None:
    with Walkthrough() as tour:
        for text in ("cd / && word=dep_42", 'echo "$PWD $word"', "echo again dep_…"):
            said = tour.run(Command(1, text, ()), "page")
        assert said == "again dep_42\n"
        assert tour.run(Command(1, "echo http://127.0.0.1:8000/", ("http://127.0.0.1:8000/",)), "page")
        tour.run(Command(1, "false  # exit code 1", ()), "page")
        with pytest.raises(AssertionError, match=r"page:7: false"):
            tour.run(Command(7, "false", ()), "page")
        with pytest.raises(AssertionError, match="never printed: hello"):
            tour.run(Command(7, "echo good bye", ("hello",)), "page")
