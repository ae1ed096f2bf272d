"""Texts that stand where a secret will be (pure)."""

from __future__ import annotations

import re

_SIGNS = frozenset(
    re.findall(
        r"\w+",
        "change changeme changeit changethis dummy example fake fixme insert placeholder redacted replace replaceme "
        "sample tbd todo your",
    )
)
"""Words that say it: one of these is in each placeholder."""
_BESIDE = frozenset(
    re.findall(
        r"\w+",
        "a an and access account actual admin api app as at auth base be before by client code credential credentials "
        "database db default deploy deployment encoded encryption for from generated go goes here in it key later "
        "local long master me my not of on one only or own pass passphrase passwd password please postgres private "
        "prod production pw pwd random real root secret secure secrets server service set shared signing some "
        "something ssh staging string strong super test text that the then this to token use user username value "
        "values very via with you",
    )
)
"""Words that stand beside those."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_]+")
_FIGURES = re.compile(r"\d{1,4}|64")
_ANGLES = re.compile(r"<[^<>]*>|\[[^\[\]]*\]|\{[^{}]*\}")


LONGEST = 200
"""Characters of a text that asks for a value: nobody asks at greater length."""


def is_placeholder(text: str) -> bool:
    """Whether a text is nothing but words of who asks for a value, such as `change-me` and `your_api_key_1`.

    One word of another kind makes it a value: `example` is in hosts and in passwords too.
    """
    if len(text) > LONGEST:
        return False
    if _is_filler(text) or _ANGLES.fullmatch(text.strip()):
        return True
    words = [word.lower() for word in _WORD.findall(text)]
    known = all(word in _SIGNS or word in _BESIDE or _FIGURES.fullmatch(word) for word in words)
    return known and any(word in _SIGNS for word in words)


def _is_filler(text: str) -> bool:
    """Whether it is one sign, again and again."""
    signs = [sign for sign in text.lower() if sign.isalnum()] or list(text.strip())
    least = 3 if signs and signs[0] in "x*." else 8
    return len(signs) >= least and len(set(signs)) == 1
