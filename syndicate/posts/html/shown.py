"""What readers see of a post's HTML."""

from __future__ import annotations

from syndicate.posts.html import links, tree
from syndicate.posts.html.sanitise import Sink, sanitise
from syndicate.posts.html.settled import settled
from syndicate.posts.html.tidy import tidy
from syndicate.posts.text import SUMMARY_LENGTH, sanitised_text, summary

#: Characters of an author's own excerpt.
EXCERPT_LENGTH = 1_000
#: Characters of HTML that nearly always hold the text of a summary.
_SUMMARY_HTML = 4 * SUMMARY_LENGTH


def shown(html: str, url: str) -> str:
    """The HTML of the page `url` as feeds show it: sanitised, its links absolute.

    Raises:
        PostError: it is nested too deep.
    """
    as_it_is = settled(html)
    if as_it_is is not None:
        return as_it_is
    content = tree.parse(html)
    links.absolutise(content, url)
    tidy(content)
    return sanitise(tree.serialise(content), Sink.FEED)


def beginning(html: str) -> str:
    """The summary of a post whose author wrote none, from its sanitised HTML."""
    end = html.rfind("<", 0, _SUMMARY_HTML)
    text = sanitised_text(html[:end]) if end > SUMMARY_LENGTH else ""
    # A summary is the same, whatever follows the characters that it may have.
    return summary(text if len(text) > SUMMARY_LENGTH else sanitised_text(html))
