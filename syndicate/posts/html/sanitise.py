"""The allow-lists: what HTML of a post may reach which kind of reader (STANDARDS S-7)."""

from __future__ import annotations

import re
from enum import StrEnum

import nh3

from syndicate.posts.text import clean


class Sink(StrEnum):
    """Who shows the HTML."""

    #: A feed reader.
    FEED = "feed"
    #: A mail program.
    EMAIL = "email"
    #: Our own pages.
    PAGE = "page"


_TEXT = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i", "ins"),
        *("kbd", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub"),
        *("sup", "time", "tt", "u", "var", "wbr"),
    )
)
_BLOCKS = frozenset(
    (
        *("blockquote", "dd", "div", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3", "h4"),
        *("h5", "h6", "hr", "img", "li", "ol", "p", "pre", "ul"),
        *("caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"),
    )
)
#: They fold; mail programs show them unfolded, or not at all.
_FOLDING = frozenset(("details", "summary"))

_ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "col": {"span"},
    "colgroup": {"span"},
    "img": {"src", "alt", "title", "width", "height"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "td": {"colspan", "rowspan", "style"},
    "th": {"colspan", "rowspan", "scope", "style"},
    "time": {"datetime"},
    **{tag: {"style"} for tag in ("div", "h1", "h2", "h3", "h4", "h5", "h6", "p")},
}
#: Pictures for finer screens, and the language of code, which some readers colour.
_RICH = {"img": _ATTRIBUTES["img"] | {"srcset", "sizes"}, "code": {"class"}}

#: They go with all that is in them; other unknown tags leave their text.
_NOT_TEXT = {
    *("script", "style", "template", "noscript", "noembed", "noframes", "iframe", "object"),
    *("svg", "canvas", "textarea", "select", "button", "title", "xmp"),
}


#: All of a style that mail programs and feed readers can be trusted with.
_ALIGNMENT = re.compile(
    r"(?:^|;)\s*text-align\s*:\s*(left|center|right|justify|start|end)\s*(?:;|$)", re.IGNORECASE
)
_CANDIDATES = re.compile(r"https?://[^\s,]\S*(?: [0-9.]+[wx])?(?:, |$)", re.IGNORECASE)


def _checked(_tag: str, name: str, value: str) -> str | None:
    """Values that an allow-list of names can't judge."""
    if name == "style":
        side = _ALIGNMENT.search(value)
        return f"text-align:{side[1].lower()}" if side else None
    if name == "srcset" and _CANDIDATES.sub("", value):
        return None
    return value


def _cleaner(tags: frozenset[str], attributes: dict[str, set[str]]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(tags),
        clean_content_tags=_NOT_TEXT,
        attributes=attributes,
        url_schemes={"http", "https", "mailto", "tel"},
        url_relative="deny",
        attribute_filter=_checked,
        # Links open where the reader opens them, so there is no opener to hide.
        link_rel=None,
    )


_CLEANERS = {
    Sink.FEED: _cleaner(_TEXT | _BLOCKS | _FOLDING, _ATTRIBUTES | _RICH),
    Sink.EMAIL: _cleaner(_TEXT | _BLOCKS, _ATTRIBUTES),
    Sink.PAGE: _cleaner(_TEXT | _BLOCKS | _FOLDING, _ATTRIBUTES | _RICH),
}


def sanitise(html: str, sink: Sink) -> str:
    """The HTML as this sink may show it: no scripts, no relative URLs, no surprises.

    Sanitising twice changes nothing more.
    """
    return clean(_CLEANERS[sink].clean(html)).strip()
