"""Quotes, dashes and ellipses as kramdown typesets them."""

from __future__ import annotations

import re

SYMBOLS = {
    "---": "—",
    "--": "–",
    "...": "…",
    "<< ": "«\N{NO-BREAK SPACE}",
    " >>": "\N{NO-BREAK SPACE}»",
    "<<": "«",
    ">>": "»",
}
#: Scripts without spaces between words: there a quotation mark doesn't show its side.
_UNSPACED = ("zh", "ja")
_PUNCTUATION = r"[!\"#$%'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"
#: What a mark is if it begins a run of text, by what follows.
_OPENS_EMPHASIS = re.compile(r"[_*]{1,2}\S")
_BEFORE_PUNCTUATION = re.compile(rf"{_PUNCTUATION}(?!\.\.)\B")
_DECADE = re.compile(r"\d\ds")
_WORD = re.compile(r"\w")
_ENDS = re.compile(r"\s|s\b|$")
#: After these, a mark doesn't close.
_OPENING = " \t\r\n\\[{(-"
_APOSTROPHE = re.compile(r"[A-Za-z0-9]'[A-Za-z]")
_OPEN = {'"': "“", "'": "‘"}
_CLOSE = {'"': "”", "'": "’"}
_STRAIGHT = {"“": '"', "”": '"', "‘": "'", "’": "'"}


_TYPESET = re.compile(r"---?|\.\.\.|<< | >>|<<|>>|[\"']")


def typeset(text: str) -> str:
    """Plain text with its quotes, dashes and ellipses typeset."""
    return _TYPESET.sub(lambda match: SYMBOLS.get(match[0]) or quote(text, match.start(), 0), text)


def is_spaced(language: str) -> bool:
    """Whether spaces tell on which side of a word a quotation mark stands."""
    return language.partition("-")[0] not in _UNSPACED


def quote(text: str, at: int, start: int) -> str:
    """What the mark at `at` becomes; a run of text begins at `start`.

    The rules, and their order, are kramdown's.
    """
    mark, after = text[at], at + 1
    # Marks of emphasis begin and end a run of text as well.
    before = text[at - 1] if at > start and text[at - 1] not in "_*" else ""
    if before.isalnum():
        return _CLOSE[mark]
    # The inner one of two: `"'so'"`.
    inner = before in ("'", '"')
    if inner:
        before = text[at - 2] if at - 1 > start else ""
    spaced = not before or before.isspace()
    begins = not before and not inner
    if begins and _OPENS_EMPHASIS.match(text, after):
        return _OPEN[mark]
    closes = begins and _BEFORE_PUNCTUATION.match(text, after) and text[after] not in "'\""
    if closes or (spaced and not inner and mark == "'" and _DECADE.match(text, after)):
        return _CLOSE[mark]
    if spaced and not begins and _WORD.match(text, after):
        return _OPEN[mark]
    if (begins or inner) and _ENDS.match(text, after):
        return _CLOSE[mark]
    return _by_neighbour(mark, before)


def straightened(text: str, marks: list[tuple[int, str]]) -> dict[int, str]:
    """In a text without spaces: the marks that pair up as they are, all others straight.

    `marks` are the places of quotation marks and what each would become.
    """
    made: dict[int, str] = {}
    pairs: dict[str, list[tuple[int, str]]] = {'"': [], "'": []}
    for at, mark in marks:
        if _APOSTROPHE.match(text, at - 1):
            made[at] = "’"
        else:
            pairs[text[at]].append((at, mark))
    for straight, found in pairs.items():
        sides = [mark for _, mark in found]
        good = sides == [_OPEN[straight], _CLOSE[straight]] * (len(sides) // 2)
        made |= {at: mark if good else straight for at, mark in found}
    return made


def _by_neighbour(mark: str, before: str) -> str:
    return _CLOSE[mark] if before and before not in _OPENING else _OPEN[mark]
