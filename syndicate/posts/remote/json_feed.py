"""JSON Feed, versions 1.0 and 1.1 (jsonfeed.org): what it says, entry by entry."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any

from syndicate.errors import FetchError
from syndicate.posts.matter import dates
from syndicate.posts.matter.fields import language_tag
from syndicate.posts.remote import values
from syndicate.posts.remote.model import Document, Entry
from syndicate.posts.text import title_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from syndicate.posts.media.episode import Enclosure

#: What every version's `version` begins with.
_VERSION = "https://jsonfeed.org/version/1"


def parse(text: str, url: str) -> Document:
    """The entries of a feed that was fetched from `url`.

    Raises:
        FetchError: it is no JSON Feed.
    """
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FetchError(f"it looks like JSON and is none: {str(error)[:100]}") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or not str(feed.get("version")).startswith(_VERSION):
        raise FetchError("it is JSON, but no JSON Feed, which has `version` and `items`")
    taken = items[: values.MOST_ENTRIES]
    entries = tuple(_entry(item, feed, url) for item in taken if _is_entry(item))
    return Document(
        entries=entries,
        home=values.web_address(feed.get("home_page_url"), url),
        mended=tuple(values.told(len(items), len(taken), len(entries))),
    )


def _is_entry(item: object) -> bool:
    return isinstance(item, dict) and bool(_guid(item))


def _guid(item: dict[str, Any]) -> str:
    return values.text_of(item.get("id")) or values.text_of(item.get("url"))


def _entry(item: dict[str, Any], feed: dict[str, Any], url: str) -> Entry:
    link = values.web_address(item.get("url"), url)
    base = link or url
    excerpt = values.as_html(values.text_of(item.get("summary")))
    html = values.text_of(item.get("content_html"))
    html = html or values.as_html(values.text_of(item.get("content_text"))) or excerpt
    attachments = list(_dicts(item.get("attachments")))
    return Entry(
        guid=_guid(item),
        link=link,
        image=values.web_address(item.get("image") or item.get("banner_image"), base),
        title=title_text(values.text_of(item.get("title"))),
        html=html,
        excerpt=excerpt if excerpt != html else "",
        base=base,
        published=_moment(item.get("date_published")),
        updated=_moment(item.get("date_modified")),
        authors=_authors(item) or _authors(feed),
        terms=values.terms(_list(item.get("tags"))),
        language=language_tag(
            values.text_of(item.get("language")) or values.text_of(feed.get("language"))
        ),
        media=tuple(_media(attachments, base)),
        duration=next((values.whole(one.get("duration_in_seconds")) for one in attachments), None),
    )


def _authors(owner: dict[str, Any]) -> tuple[str, ...]:
    """Version 1.0 has one `author`, 1.1 a list of them."""
    people = [*_dicts(owner.get("authors")), *_dicts([owner.get("author")])]
    return values.names([person.get("name") for person in people])


def _media(attachments: list[dict[str, Any]], base: str) -> Iterator[Enclosure]:
    for one in attachments:
        size = one.get("size_in_bytes")
        found = values.enclosure(one.get("url"), one.get("mime_type"), size, base)
        if found:
            yield found


def _moment(written: object) -> datetime | None:
    try:
        return dates.parse(values.text_of(written), UTC)
    except ValueError:
        return None


def _dicts(written: object) -> Iterator[dict[str, Any]]:
    yield from (one for one in _list(written) if isinstance(one, dict))


def _list(written: object) -> list[object]:
    return written if isinstance(written, list) else []
