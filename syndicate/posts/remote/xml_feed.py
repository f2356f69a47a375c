"""RSS and Atom of every version, as feedparser reads them: what they say, entry by entry."""

from __future__ import annotations

import calendar
import io
import re
from typing import TYPE_CHECKING, Any

import feedparser

from syndicate.errors import FetchError
from syndicate.posts.matter.fields import language_tag
from syndicate.posts.remote import values
from syndicate.posts.remote.model import Document, Entry
from syndicate.posts.text import one_line, title_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from syndicate.posts.media.episode import Enclosure

_ROOT = re.compile(rb"<([A-Za-z_][\w:.-]{0,60})")
#: Seconds in each part of a duration, from the last.
_PARTS = (1, 60, 3600)
_PLAIN = "text/plain"


def parse(data: bytes, url: str) -> Document:
    """The entries of a feed that was fetched from `url`; it is well-formed XML in UTF-8.

    Raises:
        FetchError: it is no feed.
    """
    try:
        # What it mends or takes out of HTML, `tidy` and `sanitise` do for every post.
        parsed = feedparser.parse(
            io.BytesIO(data),
            # Without a location: ids stay as they are written, wherever the feed moves to.
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:
        # It doesn't say what it raises for odd input.
        raise FetchError(f"it can't be read: {type(error).__name__} in feedparser") from error
    if not parsed.version and not parsed.entries:
        root = _ROOT.search(data)
        raise FetchError(
            f"it is XML, but neither RSS nor Atom: <{root[1].decode() if root else ''}>"
        )
    taken = parsed.entries[: values.MOST_ENTRIES]
    entries = tuple(filter(None, (_entry(entry, parsed.feed, url) for entry in taken)))
    return Document(
        entries=entries,
        home=values.web_address(parsed.feed.get("link"), url),
        fresh_for=60 * (values.whole(parsed.feed.get("ttl")) or 0),
        mended=tuple(values.told(len(parsed.entries), len(taken), len(entries))),
    )


def _entry(entry: Any, feed: Any, url: str) -> Entry | None:  # noqa: ANN401 - feedparser has no types
    link = values.web_address(entry.get("link"), url)
    bodies = [_Body(detail) for detail in (*entry.get("content", ()), *_summary(entry))]
    html = next((body.html for body in bodies if body.html), "")
    excerpt = next((body.html for body in bodies[1:] if body.html), "")
    title = _title(entry)
    guid = values.text_of(entry.get("id")).strip() or link or _made_up(entry, title) or html
    if not guid:
        return None
    media = tuple(_media(entry, link or url))
    return Entry(
        guid=guid,
        link=link,
        image=values.web_address(_picture(entry), link or url),
        title=title,
        html=html,
        excerpt=excerpt if excerpt != html else "",
        base=_base(bodies, url) or link or url,
        published=_moment(entry, "published_parsed"),
        updated=_moment(entry, "updated_parsed"),
        authors=_authors(entry) or _authors(feed),
        terms=values.terms([tag.get("label") or tag.get("term") for tag in entry.get("tags", ())]),
        language=_language(bodies, feed),
        media=media,
        duration=_duration(values.text_of(entry.get("itunes_duration"))) if media else None,
    )


def _made_up(entry: Any, title: str) -> str:  # noqa: ANN401 - as above
    """An id of what is least likely to be corrected."""
    return f"{title} {entry.get('published', '')}".strip()


class _Body:
    """A text of an entry, which says of itself how it is written."""

    def __init__(self, detail: Any) -> None:  # noqa: ANN401 - as above
        text = values.text_of(detail.get("value"))
        self.html = values.as_html(text) if detail.get("type") == _PLAIN else text
        self.base = values.text_of(detail.get("base"))
        self.language = language_tag(values.text_of(detail.get("language")))


def _summary(entry: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
    if "summary_detail" in entry:
        yield entry["summary_detail"]


def _title(entry: Any) -> str:  # noqa: ANN401 - as above
    detail = entry.get("title_detail", {})
    text = values.text_of(detail.get("value"))
    return one_line(text) if detail.get("type") == _PLAIN else title_text(text)


def _base(bodies: list[_Body], url: str) -> str:
    """What `xml:base` says, where it says anything."""
    return next((values.web_address(b.base, url) for b in bodies if b.base), "")


def _language(bodies: list[_Body], feed: Any) -> str:  # noqa: ANN401 - as above
    own = next((body.language for body in bodies if body.language), "")
    return own or language_tag(values.text_of(feed.get("language")))


def _authors(owner: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    people = [author.get("name") for author in owner.get("authors", ())]
    # Of one there is the text as it is written, which feedparser cuts in odd places at times.
    return values.names([owner.get("author")] if len(people) == 1 else people)


def _picture(entry: Any) -> object:  # noqa: ANN401 - as above
    """The picture that stands for the entry, by Media RSS or as podcasts have it."""
    for content in entry.get("media_content", ()):
        kind = values.text_of(content.get("medium")) + values.text_of(content.get("type"))
        if kind.startswith("image"):
            return content.get("url")
    for thumbnail in entry.get("media_thumbnail", ()):
        return thumbnail.get("url")
    return entry.get("image", {}).get("href")


def _media(entry: Any, base: str) -> Iterator[Enclosure]:  # noqa: ANN401 - as above
    for one in entry.get("enclosures", ()):
        found = values.enclosure(one.get("href"), one.get("type"), one.get("length"), base)
        if found:
            yield found


def _moment(entry: Any, name: str) -> datetime | None:  # noqa: ANN401 - as above
    # feedparser answers for `updated` with `published` where there is none, and warns of it.
    written = entry[name] if name in entry else None  # noqa: SIM401 - `get` would warn too
    try:
        return values.moment(calendar.timegm(written)) if written else None
    except (ValueError, OverflowError):
        return None


def _duration(written: str) -> int | None:
    """Seconds, of `1:02:03`, `62:03` or a number of them."""
    numbers = [values.whole(part) for part in written.split(":")[: len(_PARTS) + 1]]
    known = [number for number in numbers if number is not None]
    if len(known) != len(numbers) or len(numbers) > len(_PARTS):
        return None
    return sum(n * unit for n, unit in zip(reversed(known), _PARTS, strict=False)) or None
