"""HTML among the Markdown: where an element ends."""

from __future__ import annotations

import re
from functools import lru_cache

#: Elements that stand in a line; all others, unknown ones too, are blocks.
SPANS = frozenset(
    (
        *("a", "abbr", "acronym", "b", "big", "bdo", "br", "button", "cite", "code", "del", "dfn"),
        *("em", "i", "img", "input", "ins", "kbd", "label", "mark", "option", "q", "rb", "rbc"),
        *("rp", "rt", "rtc", "ruby", "samp", "select", "small", "span", "strong", "sub", "sup"),
        *("tt", "u", "var"),
    )
)
#: Elements without an inside.
VOID = frozenset(
    (
        *("area", "base", "br", "col", "command", "embed", "hr", "img", "input", "keygen", "link"),
        *("meta", "param", "source", "track", "wbr"),
    )
)
#: With `markdown="1"`, what is inside these is blocks, and inside those a line.
_BLOCK_CONTENT = frozenset(
    (
        *("address", "applet", "article", "aside", "blockquote", "body", "center", "dd", "details"),
        *("div", "dl", "fieldset", "figure", "figcaption", "footer", "form", "header", "hgroup"),
        *("iframe", "li", "main", "map", "menu", "nav", "noscript", "object", "section", "summary"),
        *("td",),
    )
)
_SPAN_CONTENT = frozenset(
    ("caption", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "legend", "optgroup", "p", "th")
)
#: Quoted values may be long, but not as long as the text: many unclosed ones would be slow.
_VALUE = r"\w+|\"[^\"]{0,1500}\"|'[^']{0,1500}'"
#: A start tag at the beginning of a block. As kramdown has it, a bare value is one word.
START = re.compile(
    rf" {{0,3}}<([A-Za-z_][\w:.-]{{0,60}})\s*"
    rf"((?:\s+[A-Za-z_@:][\w:.-]{{0,60}}(?:\s*=\s*(?:{_VALUE}))?){{0,100}})\s*(/)?>"
)
_MARKDOWN = re.compile(r"\smarkdown\s*=\s*(?:\"(\w*)\"|'(\w*)'|(\w+))", re.IGNORECASE)
_MARKED_TAG = re.compile(
    r"<([A-Za-z][\w:-]{0,60})(?=\s)((?:[^<>\"']|\"[^\"]{0,1500}\"|'[^']{0,1500}'){0,200})>"
)


def content(name: str, tag: str, *, usual: bool = False) -> str:
    """What is inside the element: `block`, `span`, or nothing for HTML as it stands.

    `usual` says whether it is Markdown where the tag doesn't say.
    """
    match = _MARKDOWN.search(tag)
    said = (match[1] or match[2] or match[3] or "") if match else str(int(usual))
    if said == "1":
        return "block" if name in _BLOCK_CONTENT else "span" if name in _SPAN_CONTENT else ""
    return said if said in ("block", "span") else ""


def without_markdown(tag: str) -> str:
    """The tag without that attribute."""
    return _MARKDOWN.sub("", tag)


def marked(html: str, at: int) -> re.Match[str] | None:
    """The next tag in the HTML that says what its inside is."""
    found = html.find("markdown", at)
    while found >= 0:
        begin = html.rfind("<", at, found)
        match = _MARKED_TAG.match(html, begin) if begin >= 0 else None
        if match and match.end() > found and content(match[1].lower(), match[0]):
            return match
        at = found + 1
        found = html.find("markdown", at)
    return None


@lru_cache(64)
def _tags(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"<(/)?{re.escape(name)}(?![\w:.-])[^<>]{{0,2000}}?(/)?>|<!--", re.IGNORECASE
    )


def end(name: str, text: str, at: int) -> tuple[int, int]:
    """Where the inside of the element ends whose start tag ends at `at`, and where its end tag.

    Both are the end of the text where it is never closed, as in kramdown.
    """
    tags, depth = _tags(name), 1
    while match := tags.search(text, at):
        at = match.end()
        if match[0] == "<!--":
            close = text.find("-->", at)
            at = close + 3 if close >= 0 else len(text)
        elif match[1]:
            depth -= 1
        elif not match[2]:
            depth += 1
        if not depth:
            return match.start(), at
    return len(text), len(text)
