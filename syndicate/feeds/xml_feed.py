"""RSS 2.0 and Atom 1.0, written by feedgen."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from syndicate.feeds.feedgen_mended import MendedEntry, MendedFeed
from syndicate.feeds.model import FRESH_FOR, Format

if TYPE_CHECKING:
    from syndicate.feeds.model import Feed
    from syndicate.posts.model import Post

#: Without a version: a release of ours is no news to the readers of a feed.
GENERATOR = "syndicate"
#: Entries that a process keeps made, some kilobytes each: a new post then costs one entry, not as
#: many as its feeds show.
KEPT = 1024


def rss(feed: Feed, hub: str | None) -> bytes:
    """The feed as RSS 2.0, after the RSS Advisory Board's profile."""
    document = _document(feed, Format.RSS, hub)
    # RSS wants a description, and feedgen takes no empty one.
    document.description(feed.description or feed.title)
    document.ttl(FRESH_FOR // 60)
    for post in feed.posts:
        document.add_entry(_rss_entry(post, feed.scheme))
    return _styled(document.rss_str(pretty=True), feed.style)


def atom(feed: Feed, hub: str | None) -> bytes:
    """The feed as Atom 1.0 (RFC 4287)."""
    document = _document(feed, Format.ATOM, hub)
    document.id(feed.id)
    # Entries without an author have the feed's (RFC 4287 §4.1.1).
    document.author(name=feed.title)
    if feed.description:
        document.subtitle(feed.description)
    for post in feed.posts:
        language = "" if post.language == feed.language else post.language
        document.add_entry(_atom_entry(post, feed.scheme, language))
    return _styled(document.atom_str(pretty=True), feed.style)


def _styled(document: bytes, style: str) -> bytes:
    """The document with a CSS style sheet (xml-stylesheet); XSLT is on its way out of browsers."""
    if not style:
        return document
    declaration, _, rest = document.partition(b"\n")
    line = f'<?xml-stylesheet href="{escape(style)}" type="text/css"?>'
    return b"\n".join((declaration, line.encode(), rest))


def _document(feed: Feed, kind: Format, hub: str | None) -> MendedFeed:
    document = MendedFeed(
        page=feed.page,
        updated=feed.updated,
        archive=bool(feed.current),
        pictures=any(post.image for post in feed.posts),
    )
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


@lru_cache(KEPT)
def _rss_entry(post: Post, scheme: str) -> MendedEntry:
    entry = _entry(post, scheme, "")
    if post.summary:
        # An item's description is HTML, unlike Atom's summary, which says what it is.
        entry.description(escape(post.summary, quote=False), isSummary=True)
    return entry


@lru_cache(KEPT)
def _atom_entry(post: Post, scheme: str, language: str) -> MendedEntry:
    entry = _entry(post, scheme, language)
    if post.summary:
        entry.summary(post.summary, type="text")
    return entry


def _entry(post: Post, scheme: str, language: str) -> MendedEntry:
    entry = MendedEntry(published=post.published, updated=post.updated, language=language)
    entry.id(post.id)
    entry.title(post.title)
    entry.link(href=post.url, rel="alternate", type="text/html")
    entry.author([{"name": name} for name in post.authors])
    if post.html:
        entry.content(post.html, type="html")
    if post.image:
        entry.picture(post.image.url, post.image.alt)
    for name in post.categories:
        entry.category(term=name, label=name, scheme=scheme)
    for tag in post.tags:
        if tag not in post.categories:
            entry.category(term=tag, label=tag)
    return entry
