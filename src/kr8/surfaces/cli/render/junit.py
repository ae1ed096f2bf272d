"""A validation as JUnit XML, which every CI system shows."""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from kr8.surfaces.cli.render import validation

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: Mapping[str, Any]) -> str:
    """A test case for each finding (failed), checker that ran or could not (error), waiver, and pattern left out."""
    suite = ElementTree.Element("testsuite", name="kr8 validate")
    for finding in value["findings"]:
        _failure(suite, finding)
    for each in value["not_checked"]:
        case = _case(suite, each["checker"], "not checked")
        _say(case, "error", f"not checked: {each['untrusted_why']}", each["untrusted_why"])
    for check in value["checks"]:
        if check["state"] == "checked":
            _case(suite, check["checker"], "ran").set("time", f"{check['seconds']:.3f}")
    for waived in value["waivers"]:
        _say(
            _case(suite, waived["rule"], waived["untrusted_place"] or ""),
            "skipped",
            f"waived: {waived['untrusted_reason']}",
        )
    for each in value["not_judged"]:
        _say(_case(suite, "left out", each["untrusted_pattern"]), "skipped", validation.left_out(each, value))
    counts = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}
    counts |= {"skipped": "testcase/skipped"}
    for name, path in counts.items():
        suite.set(name, str(len(suite.findall(path))))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode")


def _failure(suite: ElementTree.Element, finding: Mapping[str, Any]) -> None:
    # Information alone fails nothing, here as in the verdict.
    kind = "system-out" if finding["severity"] == "info" else "failure"
    body = "\n".join(part for part in (finding["untrusted_place"], finding["untrusted_why"], finding["mend"]) if part)
    case = _case(suite, finding["rule"], finding["untrusted_place"] or finding["what"])
    _say(case, kind, f"{finding['severity']}: {finding['what']}", body)


def _case(suite: ElementTree.Element, group: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=_plain(group), name=_plain(name))


def _say(case: ElementTree.Element, kind: str, message: str, body: str = "") -> None:
    if kind == "system-out":
        ElementTree.SubElement(case, kind).text = _plain(f"{message}\n{body}")
    else:
        ElementTree.SubElement(case, kind, message=_plain(message)).text = _plain(body) or None


def _plain(text: str) -> str:
    """The text without what XML cannot carry."""
    return _NOT_XML.sub("\ufffd", text)
