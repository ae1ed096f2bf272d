"""Answers checks with checkov in one process, because its imports take longer than any check.

Runs in checkov's own environment, with the standard library and checkov alone:

    python -P serving.py IDLE-SECONDS

A line on stdin is {"root": …, "frameworks": […], "files": […]}: a folder, or of it these files alone. The line that
answers it has "failed", "skipped", "unread", "objects" and "stumbled". It ends by itself when nothing was asked for
IDLE-SECONDS.

Each question is answered in a process forked for it: checkov keeps what it has parsed in its modules, and would answer
a second question about another folder with what it found in the first. What a file of Terraform says is kept for the
next questions, by its text.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import gc
import importlib
import io
import json
import logging
import multiprocessing
import os
import pickle
import re
import select
import sys
from collections.abc import Iterator
from typing import Any, cast


def answer(checkov: Any, request: dict[str, Any]) -> dict[str, Any]:
    """What checkov says of a folder; "error" where it gave up."""
    frameworks: list[str] = request["frameworks"]
    files: list[str] = request.get("files", [])
    where = ["-f", *files] if files else ["-d", request["root"]]
    argv = [*where, "-o", "json", "--compact", "--quiet", "--skip-download"]
    run = checkov.Checkov(argv=[*argv, "--framework", *frameworks])
    try:
        run.run(banner="")
    except SystemExit as ended:
        if ended.code not in (0, 1, None):
            return {"error": f"it ended with {ended.code}"}
    reports = run.scan_reports
    return {
        "failed": [record(each) | asked_for(each) for report in reports for each in report.failed_checks],
        "skipped": [record(each) for report in reports for each in report.skipped_checks],
        "unread": sorted({str(path) for report in reports for path in report.parsing_errors}),
        "objects": OBJECTS,
        "stumbled": sorted(STUMBLED),
    }


def record(found: Any) -> dict[str, Any]:
    """One check of one resource."""
    return {
        "id": str(found.check_id),
        "name": str(found.check_name),
        "file": str(found.file_abs_path),
        "line": int((found.file_line_range or [0])[0]),
        "resource": str(found.resource),
        "comment": str(dict(found.check_result).get("suppress_comment", "")),
    }


def asked_for(found: Any) -> dict[str, Any]:
    """The argument of a resource that a check looks at, and what it may be or may not be; {} of other checks.

    The check itself says so, where it compares one argument and does nothing else.
    """
    if not str(found.check_class).startswith(f"{RESOURCES}."):
        return {}
    with contextlib.suppress(Exception):  # what one check cannot say is no reason to lose the finding
        check: Any = importlib.import_module(f"{RESOURCES}.registry").resource_registry.get_check_by_id(found.check_id)
        for module, name, values, told in COMPARING:
            base: Any = getattr(importlib.import_module(f"{RESOURCES}.{module}"), name)
            if isinstance(check, base) and type(check).scan_resource_conf is base.scan_resource_conf:  # pyright: ignore[reportUnknownMemberType]
                check.entity_type = type_of(str(found.resource))  # some look elsewhere in resources of another type
                return {"argument": check.get_inspected_key(), told: plain(getattr(check, values)())}
    return {}


RESOURCES = "checkov.terraform.checks.resource"
COMPARING = (
    ("base_resource_value_check", "BaseResourceValueCheck", "get_expected_values", "wanted"),
    ("base_resource_negative_value_check", "BaseResourceNegativeValueCheck", "get_forbidden_values", "unwanted"),
)


def type_of(address: str) -> str:
    """Of module.a["b.c"].aws_instance.web["x"]: aws_instance."""
    named = re.search(r"(?:^|\.)([\w-]+)\.[\w-]+(?:\[[^\[]*\])?$", address)
    return named[1] if named else ""


def plain(values: Any) -> list[Any]:
    """The values that JSON knows. Raises ValueError where there are others: then not all are told."""
    told = list(values)
    if not all(isinstance(each, str | int | float) for each in told):
        raise ValueError("a value that is no text, number or truth")
    return told


def answer_apart(checkov: Any, request: dict[str, Any]) -> dict[str, Any]:
    """What `answer` says, in a process of its own."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer_into, args=(sender, checkov, request))
    process.start()
    sender.close()
    told, read = received(receiver)
    process.join()
    receiver.close()
    keep(read)
    return told


def received(receiver: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What that process says, and what it has read; "error" where it is killed before or while it says so."""
    try:
        told: dict[str, Any]
        read: dict[str, bytes]
        told, read = receiver.recv()
    except (EOFError, OSError):  # OSError: in the middle of it
        return {"error": "it ended without an answer"}, {}
    return told, read


def _answer_into(sender: Any, checkov: Any, request: dict[str, Any]) -> None:
    known = set(READ)
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            told = answer(checkov, request)
        except Exception as error:
            told = {"error": f"{type(error).__name__}: {error}"}
    sender.send((told, {text: said for text, said in READ.items() if text not in known}))


READ: dict[str, bytes] = {}
"""What each file of Terraform says, by its text: most of a repository is as it was at the question before."""
MOST_READ = 32 << 20
MOST_PATHS = 10_000


def keep(read: dict[str, bytes]) -> None:
    """Keep what was read for the next questions; of more than there is room for, nothing is kept."""
    READ.update(read)
    if sum(len(text) + len(said) for text, said in READ.items()) > MOST_READ:
        READ.clear()


def quicken() -> None:
    """Have checkov do once what it does again and again: the same answers in half the time.

    The lock says which checkov this is; what another one has not got stays as it is.
    """
    with contextlib.suppress(ImportError, AttributeError):
        _read_paths_by_one_parser()
    with contextlib.suppress(ImportError, AttributeError):
        _evaluate_once()
    with contextlib.suppress(ImportError, AttributeError):
        _read_once()
    with contextlib.suppress(ImportError, AttributeError):
        _compare_edges_by_their_parts()
    _follow_links_once()


def _read_paths_by_one_parser() -> None:
    """A parser of paths is made anew, with its tables, for each path that a policy names."""
    yacc: Any = importlib.import_module("ply.yacc")
    parser: Any = importlib.import_module("bc_jsonpath_ng.parser").JsonPathParser
    made: dict[tuple[str, str], Any] = {}
    make = yacc.yacc

    def once(*args: Any, **told: Any) -> Any:
        if not isinstance(told.get("module"), parser):
            return make(*args, **told)
        kind = (type(told["module"]).__name__, str(told.get("start")))
        if kind not in made:
            made[kind] = make(*args, **told)
        return made[kind]

    yacc.yacc = once
    importlib.import_module("bc_jsonpath_ng.ext").parse("a.b")  # here, where every question finds it


def _evaluate_once() -> None:
    """An expression is evaluated in every module of every root that it stands in; its value depends on itself alone."""
    place: Any = importlib.import_module("checkov.terraform.graph_builder.variable_rendering.evaluate_terraform")
    importlib.import_module("checkov.terraform.runner")
    for name in ("_try_evaluate", "evaluate_terraform"):
        evaluate = getattr(place, name)
        once = _once(evaluate)
        for module in [module for path, module in sys.modules.items() if path.startswith("checkov.terraform.")]:
            if vars(module).get(name) is evaluate:
                setattr(module, name, once)


def _read_once() -> None:
    """A file of Terraform is parsed anew for every question: a quarter of an answer's time."""
    place: Any = importlib.import_module("hcl2.api")
    parse = place.loads

    def once(text: str) -> Any:
        if text not in READ:
            READ[text] = pickle.dumps(parse(text))
        return pickle.loads(READ[text])  # whoever asks may change it

    place.loads = once


def _compare_edges_by_their_parts() -> None:
    """A set of a graph's edges writes each one out to compare it: hundreds of thousands of texts."""
    edge: Any = importlib.import_module("checkov.common.graph.graph_builder.graph_components.edge").Edge

    def parts(self: Any) -> tuple[Any, ...]:
        return self.origin, self.dest, self.label

    edge.__hash__ = lambda self: hash(parts(self))  # pyright: ignore[reportUnknownLambdaType]
    edge.__eq__ = lambda self, other: isinstance(other, edge) and parts(self) == parts(other)  # pyright: ignore[reportUnknownLambdaType]


def _follow_links_once() -> None:
    """Where a path leads is asked for each edge of a graph; nothing changes in a copy while it is looked at."""
    paths: Any = os.path
    paths.realpath = functools.lru_cache(MOST_PATHS)(paths.realpath)


def _once(evaluate: Any) -> Any:
    known: dict[tuple[Any, ...], Any] = {}

    def once(expression: Any, *told: Any, **named: Any) -> Any:
        if not isinstance(expression, str):
            return evaluate(expression, *told, **named)
        asked = (expression, *told, *named.items())
        if asked not in known:
            known[asked] = evaluate(expression, *told, **named)
        return copy.deepcopy(known[asked])  # whoever asks may change it

    return once


def let_groups_in() -> None:
    """Have a rule for a security group, or for a list of prefixes, let in just that: checkov takes it for the world.

    It asks for the arguments of an older resource alone, and where there are no addresses takes all of them.
    """
    with contextlib.suppress(ImportError, AttributeError):
        place: Any = importlib.import_module(f"{RESOURCES}.aws.AbsSecurityGroupUnrestrictedIngress")
        check = place.AbsSecurityGroupUnrestrictedIngress
        violates = check.contains_violation

        def by_peer(self: Any, rule: dict[str, list[Any]]) -> bool:
            return not any(rule.get(peer) for peer in PEERS) and violates(self, rule)

        check.contains_violation = by_peer


def take_versions_of_modules() -> None:
    """Have a module of a registry that names a version asked for no hash of a commit: it cannot give one."""
    with contextlib.suppress(ImportError, AttributeError):
        check: Any = importlib.import_module("checkov.terraform.checks.module.generic.RevisionHash").RevisionHash
        results: Any = importlib.import_module("checkov.common.models.enums").CheckResult
        scan = check.scan_module_conf

        def by_version(self: Any, module: dict[str, list[Any]]) -> Any:
            return results.UNKNOWN if module.get("version") else scan(self, module)

        check.scan_module_conf = by_version


def take_images_by_any_name() -> None:
    """Have each file that is given as what makes an image taken as that: checkov knows no Containerfile."""
    with contextlib.suppress(ImportError, AttributeError):
        place: Any = importlib.import_module("checkov.dockerfile.runner")
        place.is_dockerfile = bool


def look_below_hidden_folders() -> None:
    """Have manifests looked at wherever the copy lies: homes are in hidden folders, and checkov looks at whole paths.

    What is hidden in the copy itself it does not come to.
    """
    with contextlib.suppress(ImportError, AttributeError):
        place: Any = importlib.import_module("checkov.kubernetes.kubernetes_utils")

        def is_looked_at(_path: str, _ignores_hidden: bool) -> bool:
            return True

        place.should_include_path = is_looked_at


NOTHING: tuple[list[Any], list[Any]] = ([], [])
OBJECTS: dict[str, int] = {}
"""How many objects of each file of manifests are looked at."""


def take_objects_one_by_one() -> None:
    """Have each object judged that can be, those of lists and those that get their names later as well, and counted.

    Others are left out before checkov meets them: it would end at one, and say nothing of all the files.
    """
    with contextlib.suppress(ImportError, AttributeError):
        place: Any = importlib.import_module("checkov.kubernetes.kubernetes_utils")
        graph: Any = importlib.import_module("checkov.kubernetes.graph_builder.local_graph").KubernetesLocalGraph
        parse = place.parse

        def is_taken(each: Any, lines: Any) -> bool:
            with contextlib.suppress(Exception):
                metadata = each["metadata"]  # where the cluster gives a name, it is called what that is made of
                metadata["name"] = metadata.get("name") or metadata["generateName"]
                place.build_definitions_context({"a": [copy.deepcopy(each)]}, {"a": lines})
                graph({"a": [copy.deepcopy(each)]}).build_graph(render_variables=False)
                return not place.is_invalid_k8_definition(each)
            return False

        def judged(path: str) -> Any:
            documents, lines = parse(path) or NOTHING
            taken = [each for document in documents for each in listed(document) if is_taken(each, lines)]
            OBJECTS[path] = len(taken)
            return taken, lines

        place.parse = judged


STUMBLED: set[str] = set()
"""The files with an object at which a check has failed."""


def go_on_where_a_check_stumbles() -> None:
    """Have a check that fails at a manifest be one that says nothing, as in other frameworks, and noted."""
    with contextlib.suppress(ImportError, AttributeError):
        check: Any = importlib.import_module("checkov.kubernetes.checks.resource.base_spec_check").BaseK8Check
        unknown = importlib.import_module("checkov.common.models.enums").CheckResult.UNKNOWN
        run = check.run

        def tried(self: Any, scanned_file: str, *more: Any, **named: Any) -> Any:
            try:
                return run(self, scanned_file, *more, **named)
            except Exception:
                STUMBLED.add(scanned_file)
                return {"result": unknown, "evaluated_keys": []}

        check.run = tried


def listed(document: Any) -> Iterator[Any]:
    """The objects of a document: of a list its items."""
    entries = cast("dict[str, Any]", document if isinstance(document, dict) else {})
    items = cast("list[Any] | None", entries.get("items"))
    if isinstance(items, list) and str(entries.get("kind")).endswith("List"):
        for each in items:
            yield from listed(each)
    else:
        yield document


PEERS = ("referenced_security_group_id", "prefix_list_id")
"""What a rule of aws_vpc_security_group_ingress_rule names in place of addresses."""


def tidy_seldom() -> None:
    """Have what was imported looked at never again, and the graphs of a question seldom: a fifth of its time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


def main(idle: float) -> None:
    """Answer line after line."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints, prints no answer
    gc.disable()
    logging.disable()  # its many words would be formatted, and shown to nobody
    checkov = importlib.import_module("checkov.main")
    quicken()
    let_groups_in()
    take_versions_of_modules()
    take_images_by_any_name()
    look_below_hidden_folders()
    take_objects_one_by_one()
    go_on_where_a_check_stumbles()
    tidy_seldom()
    while select.select([sys.stdin.buffer], [], [], idle)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        told = answer_apart(checkov, json.loads(line))
        answers.write(json.dumps(told) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(float(sys.argv[1]))
