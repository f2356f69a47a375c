"""Lines of plain text, measured in columns: a Chinese character is two wide, an accent none."""

from __future__ import annotations

import re
from functools import lru_cache

from wcwidth import iter_graphemes, wcswidth

#: Columns of a line in a text part: RFC 3676 §4.2 would have 78 at most, less to leave room for
#: the marks of somebody who quotes it.
COLUMNS = 72
#: Columns that a prefix may take, so that deep nesting leaves room for words.
_PREFIX = 24
#: Texts whose lines a process keeps: many mails say the same, a paragraph each.
_KEPT = 2048

#: Full-width marks that no line begins with, and those that no line ends with.
_CLOSERS = "，。、；：？！）》」』】〕〉”…％"
_OPENERS = "（《「『【〔〈“"
#: Half-width ones, which cling to the ideograph before them but are part of a Latin word.
_HALF_CLOSERS = r",.;:?!)\]}%’"
#: Scripts written without spaces: a line may break after each character.
_IDEOGRAPH = (
    r"\u2e80-\u2fff\u3005-\u3007\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
#: What stays together on a line: an ideograph or a word, with the marks that cling to it. At each
#: character one branch only can go on, so matching is linear.
_UNIT = re.compile(
    rf"\s+|[{_OPENERS}]*"
    rf"(?:[{_IDEOGRAPH}][{_HALF_CLOSERS}]*|[^\s{_OPENERS}{_CLOSERS}{_IDEOGRAPH}]+)?[{_CLOSERS}]*"
)


def width(text: str) -> int:
    """How many columns a terminal gives to it; unprintable characters count nothing."""
    if text.isascii():
        return len(text)
    columns = wcswidth(text)
    return columns if columns >= 0 else sum(max(wcswidth(char), 0) for char in text)


def cut(text: str, columns: int) -> str:
    """The text if it fits, else as much as leaves room for an ellipsis, in whole graphemes."""
    if width(text) <= columns:
        return text
    kept, used = [], 0
    for grapheme in iter_graphemes(text):
        used += width(grapheme)
        if used >= columns:
            break
        kept.append(grapheme)
    return "".join(kept).rstrip() + "…"


@lru_cache(_KEPT)
def wrap(text: str, first: str = "", rest: str | None = None) -> str:
    """The text in lines of at most COLUMNS, the first after `first`, the others after `rest`.

    `rest` is, if left out, as many blanks as `first` is wide. White space counts as one blank. A
    word that is too long, such as a URL, stands alone on its line.
    """
    first = first[:_PREFIX]
    rest = " " * width(first) if rest is None else rest[:_PREFIX]
    lines, line, room = [], first, COLUMNS - width(first)
    fresh = True
    for unit in _UNIT.findall(text):
        blank = unit.isspace()
        needed = 1 if blank else width(unit)
        if needed > room and not fresh and not blank:
            lines.append(line.rstrip())
            line, room, fresh = rest, COLUMNS - width(rest), True
        if unit and not (blank and fresh):
            line += " " if blank else unit
            room -= needed
            fresh = False
    lines.append(line.rstrip())
    return "\n".join(lines)


def folded(line: str) -> str:
    """A line as it is where it fits, else wrapped."""
    # No character is wider than two columns.
    return line if 2 * len(line) <= COLUMNS or width(line) <= COLUMNS else wrap(line)


def underlined(text: str, mark: str) -> str:
    """A heading: the text, and below it a rule as long as its longest line."""
    heading = wrap(text)
    return heading + "\n" + mark * max(width(line) for line in heading.split("\n"))
