"""Texts of two directions on one line (Unicode's Bidirectional Algorithm, UAX #9)."""

from __future__ import annotations

import unicodedata

#: Characters with a direction of their own, by `unicodedata.bidirectional`.
_RUNS = {"ltr": frozenset(("L",)), "rtl": frozenset(("R", "AL"))}
#: Isolates, and what ends them: plain text and titles have no `<bdi>`.
_OPEN = {"ltr": "\u2066", "rtl": "\u2067"}
_CLOSE = "\u2069"


def isolated(text: str, direction: str) -> str:
    """The text as it can stand within a line of that direction, `ltr` or `rtl`.

    One with letters that run the other way would draw the numbers and marks around it to its side:
    it is closed off. Where it has letters of both directions, it runs as the line does.
    """
    other = "rtl" if direction == "ltr" else "ltr"
    if text.isascii() and other == "rtl":
        return text
    runs = {unicodedata.bidirectional(char) for char in text}
    if runs.isdisjoint(_RUNS[other]):
        return text
    return enclosed(text, other if runs.isdisjoint(_RUNS[direction]) else direction)


def enclosed(text: str, direction: str) -> str:
    """The text, running in that direction wherever it stands."""
    return f"{_OPEN[direction]}{text}{_CLOSE}"
