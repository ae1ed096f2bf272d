"""What a policy may call (pure). Whatever a later opa can do is not among it before somebody has looked."""

from __future__ import annotations

FAMILIES = (
    *("array", "base64", "base64url", "bits", "crypto.hmac", "glob", "graph", "hex", "internal", "numbers", "object"),
    *("regex", "rego.metadata", "semver", "strings", "units", "uri", "urlquery", "yaml"),
)
"""All of these calculate, of what they are given."""
SINGLE = frozenset(
    {
        # Operators, and what sets and rules are made with
        *("and", "assign", "div", "eq", "equal", "gt", "gte", "lt", "lte", "minus", "mul", "neq", "or", "plus", "rem"),
        # Types
        *("cast_array", "cast_boolean", "cast_null", "cast_object", "cast_set", "cast_string", "to_number"),
        *("is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string"),
        "type_name",
        # Numbers, sets and collections
        *("abs", "all", "any", "ceil", "count", "floor", "intersection", "max", "min", "product", "round", "set_diff"),
        *("sort", "sum", "union", "walk"),
        # Texts
        *("concat", "contains", "endswith", "format_int", "indexof", "indexof_n", "lower", "re_match", "replace"),
        *("split", "sprintf", "startswith", "substring", "trim", "trim_left", "trim_prefix", "trim_right"),
        *("trim_space", "trim_suffix", "upper"),
        # What is in a text. Not json.match_schema and json.verify_schema: a `$ref` reads files and asks the network
        *("json.filter", "json.is_valid", "json.marshal", "json.marshal_with_options", "json.patch", "json.remove"),
        *("json.unmarshal", "io.jwt.decode", "uuid.parse"),
        # Addresses. Not net.lookup_ip_addr
        *("net.cidr_contains", "net.cidr_contains_matches", "net.cidr_expand", "net.cidr_intersects"),
        *("net.cidr_is_valid", "net.cidr_merge", "net.cidr_overlap"),
        # Digests and certificates. Not what verifies them: by the clock
        *("crypto.md5", "crypto.sha1", "crypto.sha256", "crypto.x509.parse_certificates"),
        "crypto.x509.parse_certificate_request",
        # Times that are given. Not time.now_ns
        *("time.add_date", "time.clock", "time.date", "time.diff", "time.format", "time.parse_duration_ns"),
        *("time.parse_ns", "time.parse_rfc3339_ns", "time.weekday"),
        # For whoever writes a policy
        *("print", "trace"),
    }
)
"""Of other families those that calculate, and no other."""


def is_harmless(name: str) -> bool:
    """Whether a built-in function of that name looks at nothing but what it is given."""
    return name in SINGLE or name.rpartition(".")[0] in FAMILIES
