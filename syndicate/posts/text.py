"""Plain text: what XML can carry, what a reader sees, and where to cut it."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

from lxml import etree

from syndicate.posts.html import tree

#: Characters that a summary shows at most.
SUMMARY_LENGTH = 200

#: A text without any; it is found out in half the time.
_FIT = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*+")
#: Control characters that XML allows and that are no space; U+0085 is one.
_CONTROLS = re.compile("[\x7f-\x84\x86-\x9f]")
#: A tag that a title may hold; `List<T>` and `a < b` are text.
_TITLE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|kbd|mark|p|q|s|small|span"
    r"|strike|strong|sub|sup|tt|u|var|wbr)\b[^<>]*>",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt"),
        *("figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr"),
        *("li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td"),
        *("tfoot", "th", "thead", "tr", "ul"),
    )
)
_ATTRIBUTES = r"[^<>\"]*+(?:\"[^\"]*+\"[^<>\"]*+)*+>"
_TAG = re.compile(rf"</?[a-z]{_ATTRIBUTES}")
_BLOCK_TAG = re.compile(rf"</?(?:{'|'.join(sorted(_BLOCKS))})(?![a-z0-9]){_ATTRIBUTES}")
_UNSEEN = frozenset(("script", "style", "template", "noscript", "head", "title"))
#: The end of a sentence: CJK full stops anywhere, others where a space follows.
_SENTENCE = re.compile(r"[。！？｡…][」』”’）】]*|[.!?][\"'”’)]*(?=\s)")
#: What would stand alone before an ellipsis.
_DANGLING = " ,;:，、；：—–-（(「『“‘【《"


def clean(text: str) -> str:
    """The text in NFC, without the characters that XML 1.0 refuses."""
    if text.isascii() and text.isprintable():
        # Most of what there is: names, addresses, ids.
        return text
    fit = text if _FIT.fullmatch(text) else tree.REFUSED.sub("", text)
    return unicodedata.normalize("NFC", fit)


def one_line(text: str) -> str:
    """The text as a single line without control characters: fit for a title or a name."""
    return " ".join(clean(_CONTROLS.sub("", text)).split())


def title_text(text: str) -> str:
    """A title as plain text: tags taken out, entities decoded once."""
    if "<" in text:
        text = _TITLE_TAG.sub("", text)
    return one_line(unescape(text) if "&" in text else text)


def is_alphanumeric(char: str) -> bool:
    """Letters and digits of any script with their marks, for Thai and Hindi vowels are marks."""
    return char.isalnum() or unicodedata.category(char)[0] == "M"


def plain_text(html: str) -> str:
    """What a reader sees of the HTML: a line a block, spaces collapsed.

    Raises:
        PostError: it is nested too deep; never for what `sanitise` gave of a post.
    """
    if not html.strip():
        return ""
    return visible_text(tree.parse(html))


def sanitised_text(html: str) -> str:
    """As `plain_text`, of HTML that `sanitise` gave: its tags and entities are of one form."""
    text = _BLOCK_TAG.sub("\n", " ".join(html.split()))
    text = unescape(_TAG.sub("", text))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def visible_text(body: etree._Element) -> str:
    """As `plain_text`, of a tree; comments, scripts and styles are no text."""
    parts: list[str] = []
    hidden = 0
    for event, element in etree.iterwalk(body, events=("start", "end", "comment", "pi")):
        if event == "start":
            hidden += element.tag in _UNSEEN
        elif event == "end":
            hidden -= element.tag in _UNSEEN
        if element.tag in _BLOCKS:
            parts.append("\n")
        text = element.text if event == "start" else element.tail
        if text and not hidden and not (event != "start" and element is body):
            parts.append(" ".join(f"|{text}|".split())[1:-1])
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return clean("\n".join(line for line in lines if line))


def summary(text: str, length: int = SUMMARY_LENGTH) -> str:
    """The beginning of a text as one paragraph of at most `length` characters.

    It ends with a sentence if one ends in its second half, otherwise after a word and with an
    ellipsis; Chinese and Japanese have no space between words and are cut anywhere.
    """
    text = " ".join(text[: 8 * length].split())
    if len(text) <= length:
        return text
    window = text[: length - 1]
    ends = [match.end() for match in _SENTENCE.finditer(text, 0, length)]
    if ends and ends[-1] >= length // 2:
        return text[: ends[-1]]
    space = window.rfind(" ")
    in_word = text[length - 1].isascii() and text[length - 1].isalnum()
    if in_word and space >= length // 2:
        window = window[:space]
    while window and unicodedata.combining(text[len(window)]):
        window = window[:-1]
    return window.rstrip(_DANGLING) + "…"
