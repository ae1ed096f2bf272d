"""What a tool says, as a headline of its own words (pure)."""

from __future__ import annotations

import re

LONGEST = 140
FEWEST_WORDS = 2
FEWEST_BESIDE_QUOTES = 3
_WORD = re.compile(r"\w+")
_OPENS = re.compile(r"[`\"“]|(?<!\w)'")
_CLOSES = re.compile(r"[`\"”]|'(?!\w)")
_END = re.compile(r"[.!?:](?=\s|$)|\n")
_OWN = re.compile(r"[A-Z](?:[A-Za-z0-9 ,;()/&|<>=+*#$_.?…-]|(?<=\w)['’](?=\w))*")


def headline(message: str, otherwise: str) -> str:
    """The first sentence without what it quotes; `otherwise` where the rest may be no words of the tool.

    A file's names may stand in it, which are words by their form, and no text of it.
    """
    own = _without_quotes(message.strip())
    sentence = " ".join(_END.split(own, maxsplit=1)[0].split())
    sentence = sentence[:1].upper() + sentence[1:]
    fewest = FEWEST_BESIDE_QUOTES if "…" in sentence else FEWEST_WORDS
    if len(sentence) > LONGEST or not _OWN.fullmatch(sentence) or len(_WORD.findall(sentence)) < fewest:
        return otherwise
    return sentence if sentence.endswith("…") else f"{sentence}."


def _without_quotes(text: str) -> str:
    """Without what tools quote of the files that they look at: to the last mark, for quotes may have such marks."""
    opened = _OPENS.search(text)
    closed = max((each.end() for each in _CLOSES.finditer(text)), default=0)
    return text if opened is None or closed <= opened.end() else f"{text[: opened.start()]}…{text[closed:]}"
