"""Lines: what they begin with, and where a block ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syndicate.posts.kramdown import html

if TYPE_CHECKING:
    from collections.abc import Mapping

BLANK = re.compile(r"(?:[ \t]*\n)+")
INDENT = re.compile(r"^(?:\t| {4})", re.MULTILINE)
LIST = re.compile(r" {0,3}(?:[+*-]|\d{1,9}\.)[\t ][^\n]*\n")
DEFINITION = re.compile(r" {0,3}:[\t ][^\n]*\n")
HEADING = re.compile(r"(#{1,6})[\t ]+([^\n]*)\n")
RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})\n")
QUOTE = re.compile(r"^ {0,3}> ?", re.MULTILINE)
END = re.compile(r"\^[ \t]*\n")
ATTRIBUTES = re.compile(r" {0,3}\{:(?!:|/)([^{}\n]{1,1000})\}[ \t]*\n")
_FENCE = re.compile(r" {0,3}(?:`{3}|~{3})")
_TAG = re.compile(r" {0,3}</?([A-Za-z_][\w:.-]{0,60})")
#: What ends a paragraph without a blank line, by what it begins with.
_ENDING: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys("`~", _FENCE),
    "#": HEADING,
    ">": QUOTE,
    **dict.fromkeys("+*-0123456789", LIST),
    ":": DEFINITION,
    "{": ATTRIBUTES,
    "^": END,
    "\n": BLANK,
}


def after_line(text: str, at: int) -> int:
    """Behind the line that holds this place."""
    return text.find("\n", at) + 1 or len(text)


def after_rest(text: str, at: int) -> int:
    """Behind the line if nothing more stands in it, otherwise here."""
    end = at
    while end < len(text) and text[end] in " \t":
        end += 1
    return end + 1 if text[end : end + 1] == "\n" else at


def first(text: str, at: int) -> str:
    """The first character of the line that is no space; every line has an end."""
    while text[at] in " \t":
        at += 1
    return text[at]


def begins_html(text: str, at: int) -> bool:
    """Whether a block of HTML begins or ends here."""
    tag = _TAG.match(text, at)
    return tag is not None and tag[1].lower() not in {*html.SPANS, "script"}


def ends_lazy(text: str, at: int) -> bool:
    """Whether the line can't go on with the one above, in a quote or in code."""
    return bool(ATTRIBUTES.match(text, at) or END.match(text, at)) or begins_html(text, at)


def ends_paragraph(text: str, at: int) -> bool:
    """Whether the line begins something else than the paragraph above."""
    char = first(text, at)
    if char == "<":
        return begins_html(text, at)
    return char in _ENDING and bool(_ENDING[char].match(text, at))


def ends_block(text: str, at: int) -> bool:
    """Whether a table or a formula may end before this place."""
    patterns = (BLANK, END, ATTRIBUTES)
    return at >= len(text) or any(pattern.match(text, at) for pattern in patterns)


def after_indented(text: str, at: int) -> int:
    """Behind the indented lines here, the blank ones between, and those that lazily go on."""
    end = at
    while end < len(text):
        blank = BLANK.match(text, end)
        start = blank.end() if blank else end
        if start >= len(text):
            break
        if not INDENT.match(text, start) and (start > end or end == at or ends_lazy(text, start)):
            break
        end = after_line(text, start)
    return end
