"""What a scalar is, as the readers of YAML 1.1 take it (PyYAML's own table): Kubernetes and Ansible read it so."""

from __future__ import annotations

from yaml import ScalarNode
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

CORE = "tag:yaml.org,2002:"
LONGEST_NUMBER = 100
"""The characters above which nothing is a number: a long one of base 60 takes minutes to work out."""
_resolver = Resolver()
_constructor = SafeConstructor()


def scalar(text: str, plain: bool, tag: str | None) -> str | int | float | bool | None:
    """The value; the text itself where it is nothing else, or not what its tag says."""
    if len(text) > LONGEST_NUMBER or (tag is None and not plain):
        return text
    known = tag if tag is not None else _resolver.resolve(ScalarNode, text, (True, False))
    node = ScalarNode(known, text)
    try:
        match known.removeprefix(CORE):
            case "null":
                return None
            case "bool":
                return bool(_constructor.construct_yaml_bool(node))
            case "int":
                return _constructor.construct_yaml_int(node)
            case "float":
                return _constructor.construct_yaml_float(node)
            case _:
                return text
    except (ArithmeticError, LookupError, ValueError):
        return text


def is_merge(text: str, plain: bool, tag: str | None) -> bool:
    """Whether a key takes over the entries of another mapping: `<<`."""
    return text == "<<" and (plain if tag is None else tag == f"{CORE}merge")
