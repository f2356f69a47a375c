"""What to say of a web page that came where a feed was expected."""

from __future__ import annotations

import re

from lxml import etree

from syndicate.posts.html.links import absolute
from syndicate.posts.text import one_line

#: Characters of a page in which its feeds are looked for: they are named in its head.
_HEAD = 100_000
_PAGE = re.compile(
    r"(?:[\s\ufeff]++|<\?[^>]*+>|<!--[^>]*+>)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE,
)
_FEEDS = ("application/rss+xml", "application/atom+xml", "application/feed+json")
#: Of a page's feeds: comments, categories and the like follow the one that is meant.
_MOST = 3


def is_page(text: str) -> bool:
    """Whether it is HTML."""
    return _PAGE.match(text) is not None


def described(text: str, url: str) -> str:
    """One line: what came, and the feeds that it names (HTML's `link rel=alternate`)."""
    root = etree.fromstring(text[:_HEAD], etree.HTMLParser(remove_pis=True))
    title = one_line(root.findtext(".//title") or "")[:80] if root is not None else ""
    said = f"a web page came, no feed{f' ({title!r})' if title else ''}"
    links = root.iter("link") if root is not None else ()
    feeds = [
        absolute(link.get("href", ""), url)
        for link in links
        if link.get("type", "").strip().lower() in _FEEDS
    ]
    named = list(dict.fromkeys(feed for feed in feeds if feed))[:_MOST]
    if named:
        return f"{said}; it names {' and '.join(named)}: put that as url"
    return f"{said}; look for its feed's address and put that as url"
