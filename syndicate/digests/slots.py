"""What differs from reader to reader: its slots in a message, and the markers it has until then.

A composed edition is the same for everybody. Where a personal link belongs it has a marker: as the
whole of an `href="…"` in HTML, as the whole of a line in text. The greeting is there as those read
it of whom nothing is known, alone on a line of both. `message.build` turns them into slots; a web
edition replaces the markers itself.
"""

from __future__ import annotations

from enum import StrEnum

from syndicate.digests.transfer import BLANKS

#: How markers end. It never resolves (RFC 2606 §2), should one ever leak.
MARK = ".invalid/"
#: The reader's own way out.
UNSUBSCRIBE_URL = "https://unsubscribe.invalid/"
#: How HTML refers to it. Only a marker written exactly so becomes a slot.
UNSUBSCRIBE_HREF = f'href="{UNSUBSCRIBE_URL}"'
#: Where he sees and changes what he gets.
PREFERENCES_URL = "https://preferences.invalid/"
PREFERENCES_HREF = f'href="{PREFERENCES_URL}"'
_URLS = (UNSUBSCRIBE_URL, PREFERENCES_URL)
_HREFS = (UNSUBSCRIBE_HREF, PREFERENCES_HREF)

#: Characters of a personal URL: a base URL of 80 and a token of 128 are less.
LONGEST_URL = 220
#: Bytes that a link and its blanks can add to a body.
_LINK_GROWTH = LONGEST_URL - min(map(len, _URLS)) + BLANKS


def growth(html: str) -> int:
    """Bytes that personal links can add to HTML with these markers."""
    return sum(map(html.count, _HREFS)) * _LINK_GROWTH


def without_lines(text: str) -> str:
    """A text without the markers: what an author writes mustn't become readers' own."""
    for url in _URLS:
        text = text.replace(url, "")
    return text


def leading_to(html: str, attribute: str) -> str:
    """HTML with this in the place of every marker: `href="…"` for a page that is everybody's."""
    for href in _HREFS:
        html = html.replace(href, attribute)
    return html


class Slot(StrEnum):
    """What stands between two segments of a template."""

    TO = "to"
    SUBJECT = "subject"
    MESSAGE_ID = "message-id"
    LIST_UNSUBSCRIBE = "list-unsubscribe"
    TEXT_UNSUBSCRIBE = "text-unsubscribe"
    HTML_UNSUBSCRIBE = "html-unsubscribe"
    TEXT_PREFERENCES = "text-preferences"
    HTML_PREFERENCES = "html-preferences"
    TEXT_GREETING = "text-greeting"
    HTML_GREETING = "html-greeting"


#: Which slot each marker of a part becomes.
TEXT_LINKS = {
    UNSUBSCRIBE_URL: Slot.TEXT_UNSUBSCRIBE,
    PREFERENCES_URL: Slot.TEXT_PREFERENCES,
}
HTML_LINKS = {
    UNSUBSCRIBE_HREF: Slot.HTML_UNSUBSCRIBE,
    PREFERENCES_HREF: Slot.HTML_PREFERENCES,
}
#: The slot without which no part goes out.
WAYS_OUT = frozenset((Slot.TEXT_UNSUBSCRIBE, Slot.HTML_UNSUBSCRIBE))
