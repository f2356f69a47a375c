"""Texts in which kramdown and CommonMark see the same: most news are nothing but paragraphs.

One pattern says what such a text may hold, and takes anything else for kramdown's own. It never
goes back to a character that it has passed, so it is linear on any text.
"""

from __future__ import annotations

import re
from functools import cache

#: Characters of a text that mean nothing to either, wherever they stand in a line.
_ORDINARY = r"[^\x00-\x1f\ufeff\\`<{$^|~\"'!\[\]*.>-]++"
#: Where a link leads; CommonMark alone knows titles in it.
_TARGET = r"\([^\s()<>\\\"'*]{1,2000}+\)"
_IMAGE = rf"!\[[^\x00-\x1f\ufeff\\`<{{$^|~\"'!\[\]*_&>.-]*+\]{_TARGET}"
#: Characters beside emphasis that both take for the same: not so marks and invisible ones.
_BEFORE, _AFTER = (
    r"(?<![^\s(（“《「，。：；、,:A-Za-z0-9\u3400-\u9fff])",
    r"\s)）”》」，。：；、！？,.:;!?",
)
#: Emphasis that begins with a letter or digit, holds no other, and ends where both see its end.
_STRESSED = (
    rf"{_BEFORE}(?:\*\*(?=[^\W_]){{0}}(?<=[^\s*])\*\*|\*(?=[^\W_]){{0}}(?<=[^\s*])\*)"
    rf"(?:(?:(?<=[^\W_]\*)|(?<=[^\W_]\*\*))(?![^{_AFTER}A-Za-z0-9])|(?=\s|\Z|[\u3400-\u9fff]))"
).format(r"(?:[^\x00-\x1f\ufeff\\`<{$^|~\"'!\[\]*_.>-]++|\.(?!\.)|-(?!-))++")
_INLINE = (
    rf"(?:{_ORDINARY}|\.(?!\.\.)|-(?!-)|>(?!>)|\[|{_IMAGE}|!(?!\[)"
    rf"|\]{_TARGET}|\](?![ \n]?[(\[]|:)|{_STRESSED}|(?<=\s)\*(?=\s)|QUOTES)++"
)
#: Nothing but text begins here.
_START = r"(?![\s#+=:>-]|\d{1,9}[.)]|\*\s|_(?![^\W_])|\[[ xX]\])"
_LINE = rf"{_START}{_INLINE}(?<!\s)"
#: What a line may begin with, and what may stand below it: blocks stand between blank lines.
_MARKED = (
    r"(?:#{1,6}\ (?=[^\n#]*+(?:\n\n|\n?\Z))|>\ (?=[^\n]*+(?:\n>\ |\n\n|\n?\Z))"
    # Two lists one after the other would be one to kramdown.
    r"|-\ (?=[^\n]*+(?:\n-\ |\n\n++(?![*-]\ )|\n?\Z))"
    r"|\*\ (?=[^\n]*+(?:\n\*\ |\n\n++(?![*-]\ )|\n?\Z)))"
)
_TEXT = rf"\n*+(?:(?:{_MARKED}{_LINE}|{_LINE}(?!\n(?:#{{1,6}}|[>*-])\ ))(?:\n++|\Z))*+"
#: What an apostrophe stands in, whatever the language.
_APOSTROPHE = r"(?<=[A-Za-z0-9])'(?=[A-Za-z])"
#: Behind a space before a word, or behind a word: there a quotation mark shows its side.
_QUOTED = r"|(?<![^\s(])\"(?=[A-Za-z0-9])(?!s\b)|(?<=[A-Za-z0-9,.!?])\""
_OPENING = re.compile(r"(?<![^\s(])\"")


def as_commonmark(text: str, *, spaced: bool) -> str | None:
    """The text typeset as kramdown does it, if nothing else sets it apart; None otherwise.

    `spaced` says whether spaces stand between words.
    """
    if not _pattern(spaced=spaced).fullmatch(text):
        return None
    if '"' in text:
        text = _OPENING.sub("“", text).replace('"', "”")
    return text.replace("'", "’")


@cache
def _pattern(*, spaced: bool) -> re.Pattern[str]:
    """Made when it is needed: that takes as long as reading a hundred posts."""
    return re.compile(_TEXT.replace("QUOTES", _APOSTROPHE + (_QUOTED if spaced else "")))
