"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from syndicate.feeds.model import Format
from syndicate.feeds.podcast import attachments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syndicate.feeds.model import Feed
    from syndicate.posts.model import Post

#: What a reader knows the format by.
VERSION = "https://jsonfeed.org/version/1.1"
_line = json.JSONEncoder(ensure_ascii=False).encode


def json_feed(feed: Feed, hub: str | None) -> bytes:
    """The feed, its posts left out, as JSON Feed 1.1; a name without a value is left out."""
    document = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.url(Format.JSON),
        # Older posts, as RSS and Atom say by prev-archive.
        "next_url": feed.previous + Format.JSON.value if feed.previous else "",
        "description": feed.description,
        "icon": feed.image.url if feed.image else "",
        "language": feed.language,
        "hubs": [{"type": "WebSub", "url": hub}] if hub else [],
    }
    head = json.dumps(_said(document), ensure_ascii=False, indent=1).removesuffix("\n}")
    return f'{head},\n "items": [\n]}}\n'.encode()


def items(posts: Iterable[Post]) -> dict[str, Any]:
    """A document of these posts and nothing else."""
    return {"items": [_item(post) for post in posts]}


def written(document: dict[str, Any]) -> bytes:
    """Such a document as bytes, each item on a line of its own."""
    lines = ",\n".join(map(_line, document["items"]))
    return f'{{"items": [\n{lines}\n]}}\n'.encode()


def _item(post: Post) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": post.id,
        "url": post.url,
        "title": post.title,
        "summary": post.summary,
        "image": post.image.url if post.image else "",
        "date_published": post.published.isoformat(),
        "date_modified": post.updated.isoformat(),
        "authors": [{"name": name} for name in post.authors],
        "tags": list(dict.fromkeys((*post.categories, *post.tags))),
        "language": post.language,
        "attachments": attachments(post),
    }
    # An item must have one of the two.
    body = {"content_html": post.html} if post.html else {"content_text": post.summary}
    return {**_said(item), **body}


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
