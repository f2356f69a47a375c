"""An entry of a feed elsewhere becomes a post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.errors import PostError
from syndicate.posts import category
from syndicate.posts.html.shown import EXCERPT_LENGTH, beginning, shown
from syndicate.posts.jekyll.read import tag_uri
from syndicate.posts.media.episode import Episode
from syndicate.posts.model import Image, Post
from syndicate.posts.text import plain_text, summary

if TYPE_CHECKING:
    from syndicate.posts.faults import Faults
    from syndicate.posts.remote.model import Entry
    from syndicate.settings import Settings
    from syndicate.settings.remote import Remote

#: Characters of a title that is made from the beginning of the text: a headline's length.
_TITLE_LENGTH = 80


def post_of(entry: Entry, remote: Remote, settings: Settings, faults: Faults) -> Post:
    """The post that an entry's file gives.

    Raises:
        PostError: the entry is no post.
    """
    if entry.published is None or not entry.link:
        raise PostError("no entry as it was written here; remove it, and it is fetched again")
    html = shown(entry.html, entry.base)
    excerpt = plain_text(shown(entry.excerpt, entry.base)) if entry.excerpt else ""
    categories = _categories(remote.categories or entry.terms, faults)
    published = entry.published
    return Post(
        source=faults.source,
        id=tag_uri(
            settings.site.authority, published.date(), f"/remote/{remote.name}/{entry.key}.json"
        ),
        url=entry.link,
        title=entry.title or summary(plain_text(html), _TITLE_LENGTH) or "Untitled",
        published=published,
        updated=max(published, entry.updated or published),
        categories=categories,
        tags=entry.terms if remote.categories else (),
        authors=entry.authors or ((remote.author,) if remote.author else ()),
        language=remote.language or entry.language or settings.language_of(categories),
        image=Image(entry.image) if entry.image else None,
        episode=Episode(media=entry.media, duration=entry.duration) if entry.media else None,
        html=html,
        summary=summary(excerpt, EXCERPT_LENGTH) if excerpt else beginning(html),
    )


def _categories(names: tuple[str, ...], faults: Faults) -> tuple[str, ...]:
    """Those that a category can be called; the feed's author won't hear of the others."""
    good = []
    for name in names:
        fault = category.fault(name)
        if fault:
            faults.warn(f"category {name[:60]!r} {fault}; name categories under [[remotes]]")
        else:
            good.append(name)
    return tuple(good)
