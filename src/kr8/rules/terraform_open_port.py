"""What is for administrators and databases is not open to the world."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.networks import is_the_world
from kr8.domain.rule import Rule, at_most
from kr8.domain.terraform_code import Block

RULE = Rule(
    name="terraform-open-port",
    part=Part.TERRAFORM,
    severity=Severity.CRITICAL,
    security=True,
    title="No port of an administrator or a database is open to the world.",
    why="Such ports are tried out within minutes, and one password or one hole in it is enough.",
    mend="Let in a security group or your own addresses; reach machines by Session Manager or a VPN.",
    link="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
)
_GROUP = """\
resource "aws_vpc_security_group_ingress_rule" "a" {
  security_group_id = "sg-1"
  ip_protocol       = "tcp"
  from_port         = PORT
  to_port           = PORT
  cidr_ipv4         = "0.0.0.0/0"
}
"""
PASSES = {"main.tf": _GROUP.replace("PORT", "443")}
FAILS = {"main.tf": _GROUP.replace("PORT", "5432")}

PORTS = {
    22: "SSH",
    23: "Telnet",
    445: "SMB",
    1433: "SQL Server",
    1521: "Oracle",
    2375: "Docker",
    2379: "etcd",
    3306: "MySQL",
    3389: "RDP",
    5432: "PostgreSQL",
    5985: "WinRM",
    6379: "Redis",
    9042: "Cassandra",
    9200: "Elasticsearch",
    10250: "kubelet",
    11211: "memcached",
    27017: "MongoDB",
}
_ALL = range(65536)
_GROUPS = ("aws_security_group", "aws_default_security_group")
_SOURCES = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")


def check(code: Code) -> Iterator[Finding]:
    """Each rule that lets the world in to one of these ports."""
    for place, told, certain in _rules(code):
        names = [name for port, name in PORTS.items() if port in _open(told)] if _is_from_the_world(told) else []
        if names:
            what = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
            all_of_it = "everything" if len(names) == len(PORTS) else what
            yield RULE.finding(f"The world may connect to {all_of_it}.", place, at_most(certain))


def _rules(code: Code) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """What every rule for incoming traffic says, where, and whether it surely is there."""
    for kind in _GROUPS:
        for block in code.terraform.made("resource", kind):
            certain = block.is_certain()
            for inner in block.inner("ingress"):
                yield inner.place, _told(inner), certain and inner.is_certain()
            if (listed := block.attributes.get("ingress")) is not None:
                yield from ((listed.place, each, certain) for each in _items(listed.known) if isinstance(each, dict))
    for block in code.terraform.made("resource", "aws_security_group_rule"):
        if block.literal("type") == "ingress":
            yield block.place, _told(block), block.is_certain()
    for block in code.terraform.made("resource", "aws_vpc_security_group_ingress_rule"):
        yield block.place, _told(block), block.is_certain()


def _told(block: Block) -> dict[str, Any]:
    return {name: attribute.known for name, attribute in block.attributes.items()}


def _is_from_the_world(told: dict[str, Any]) -> bool:
    sources = [each for name in _SOURCES for each in _items(told.get(name))]
    return any(is_the_world(each) for each in sources if isinstance(each, str))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]


def _open(told: dict[str, Any]) -> range:
    """The ports that TCP connects to; none where they are not written out."""
    protocol = str(told.get("protocol", told.get("ip_protocol"))).lower()
    first, last = _port(told.get("from_port")), _port(told.get("to_port"))
    if protocol in ("-1", "all"):
        return _ALL
    if protocol not in ("tcp", "6") or first is None or last is None:
        return range(0)
    return range(first, last + 1)


def _port(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() else None
