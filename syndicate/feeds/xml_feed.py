"""RSS 2.0 and Atom 1.0, written by feedgen."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from syndicate.feeds.feedgen_mended import MendedEntry, MendedFeed
from syndicate.feeds.model import FRESH_FOR, Format
from syndicate.feeds.podcast import make_episode, make_show

if TYPE_CHECKING:
    from syndicate.feeds.model import Feed
    from syndicate.posts.model import Post

#: Without a version: a release of ours is no news to the readers of a feed.
GENERATOR = "syndicate"


def rss(feed: Feed, hub: str | None) -> bytes:
    """The feed, its posts left out, as RSS 2.0 after the RSS Advisory Board's profile."""
    return _styled(rss_feed(feed, hub).rss_str(pretty=True), feed.style)


def rss_feed(feed: Feed, hub: str | None) -> MendedFeed:
    """The same as feedgen has it, to take entries."""
    document = _document(feed, Format.RSS, hub)
    # RSS wants a description, and feedgen takes no empty one.
    document.description(feed.description or feed.title)
    document.ttl(FRESH_FOR // 60)
    make_show(document, feed)
    return document


def atom(feed: Feed, hub: str | None) -> bytes:
    """The feed, its posts left out, as Atom 1.0 (RFC 4287)."""
    return _styled(atom_feed(feed, hub).atom_str(pretty=True), feed.style)


def atom_feed(feed: Feed, hub: str | None) -> MendedFeed:
    """The same as feedgen has it, to take entries."""
    document = _document(feed, Format.ATOM, hub)
    document.id(feed.id)
    # Entries without an author have the feed's (RFC 4287 §4.1.1).
    document.author(name=feed.title)
    if feed.description:
        document.subtitle(feed.description)
    return document


def _styled(document: bytes, style: str) -> bytes:
    """The document with a CSS style sheet (xml-stylesheet); XSLT is on its way out of browsers."""
    if not style:
        return document
    declaration, _, rest = document.partition(b"\n")
    line = f'<?xml-stylesheet href="{escape(style)}" type="text/css"?>'
    return b"\n".join((declaration, line.encode(), rest))


def _document(feed: Feed, kind: Format, hub: str | None) -> MendedFeed:
    document = MendedFeed(page=feed.page, updated=feed.updated, archive=bool(feed.current))
    document.title(feed.title)
    document.language(feed.language)
    document.generator(GENERATOR)
    if feed.image:
        # RSS's image, which is named like the channel and leads where it does, and Atom's logo.
        document.image(feed.image.url, title=feed.title, link=feed.page)
        document.icon(feed.image.url)
    document.link(href=feed.url(kind), rel="self", type=kind.media_type)
    if hub:
        document.link(href=hub, rel="hub")
    for rel, base in (
        ("current", feed.current),
        ("prev-archive", feed.previous),
        ("next-archive", feed.following),
    ):
        if base:
            document.link(href=base + kind.value, rel=rel, type=kind.media_type)
    return document


def entry(post: Post, scheme: str, language: str) -> MendedEntry:
    """The post as an entry of a feed in `language`, with its categories in `scheme`."""
    other = "" if post.language == language else post.language
    made = MendedEntry(published=post.published, updated=post.updated, language=other)
    made.id(post.id)
    made.title(post.title)
    made.link(href=post.url, rel="alternate", type="text/html")
    made.author([{"name": name} for name in post.authors])
    if post.html:
        made.content(post.html, type="html")
    if post.summary:
        made.synopsis(post.summary)
    if post.image:
        made.picture(post.image.url, post.image.alt)
    make_episode(made, post)
    for name in post.categories:
        made.category(term=name, label=name, scheme=scheme)
    for tag in post.tags:
        if tag not in post.categories:
            made.category(term=tag, label=tag)
    return made
