"""An entry of a feed elsewhere, as its file keeps it, and the document that it comes in."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from syndicate.posts.media.episode import Enclosure

#: Hex digits that tell the entries of a feed apart: 96 bits.
_HASH_LENGTH = 24
_TIMES = ("published", "updated")
_LISTS = ("authors", "terms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What an entry says, in text fit for XML; nothing in it is sanitised yet."""

    #: What the feed calls it for ever: never empty.
    guid: str
    #: Absolute http(s) URLs, or empty.
    link: str = ""
    image: str = ""
    #: Plain text; may be empty.
    title: str = ""
    html: str = ""
    #: Its own summary, as HTML, where that is another text than `html`.
    excerpt: str = ""
    #: What relative URLs in its HTML count from.
    base: str = ""
    #: Aware. In a file there is always a `published`, and it never moves.
    published: datetime | None = None
    updated: datetime | None = None
    #: Names only.
    authors: tuple[str, ...] = ()
    #: Its categories, as the feed calls them.
    terms: tuple[str, ...] = ()
    #: BCP 47, or empty.
    language: str = ""
    media: tuple[Enclosure, ...] = ()
    #: Seconds that the first of `media` lasts.
    duration: int | None = None
    #: It was there when the feed was fetched for the first time: nobody is mailed it.
    archive: bool = False

    @property
    def key(self) -> str:
        """A name for the entry among those of its feed, for files and ids."""
        return hashlib.sha256(self.guid.encode()).hexdigest()[:_HASH_LENGTH]

    def to_json(self) -> str:
        """The entry as its file keeps it; the same entry gives the same bytes."""
        record = asdict(self)
        for name in _TIMES:
            record[name] = record[name] and record[name].isoformat()
        return json.dumps(record, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Entry:
        """The entry that `to_json` wrote.

        Raises:
            ValueError: it is none.
        """
        try:
            record: dict[str, Any] = json.loads(text)
            for name in _TIMES:
                time = record[name]
                record[name] = time and datetime.fromisoformat(time).astimezone(UTC)
            for name in _LISTS:
                record[name] = tuple(record[name])
            record["media"] = tuple(Enclosure(**one) for one in record["media"])
            return cls(**record)
        except (TypeError, KeyError, RecursionError) as error:
            raise ValueError(f"no entry: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a feed says, as it was fetched."""

    entries: tuple[Entry, ...]
    #: The page that the feed is about: an absolute http(s) URL, or empty.
    home: str = ""
    #: Seconds for which it needn't be asked again.
    fresh_for: int = 0
    #: What had to be mended, a line each; nothing readable was left out.
    mended: tuple[str, ...] = ()
