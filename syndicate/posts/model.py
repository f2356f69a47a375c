"""What a post is, and what can be wrong with its file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from syndicate.posts.media.episode import Episode


class Severity(StrEnum):
    """Whether a problem took something away from the readers."""

    #: The post, or a part of it that readers would miss, was left out.
    ERROR = "error"
    #: Mended or guessed; the post is whole.
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one file, in one line that says what would be right."""

    #: The file's path below the site's folder, with forward slashes.
    source: str
    reason: str
    #: Counted from 1; None where no single line is to blame.
    line: int | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        return f"{place}: {self.severity}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that stands for the post."""

    #: Absolute http(s) URL.
    url: str
    alt: str = ""
    #: Pixels; 0 where its author doesn't say.
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post of the site, as every feed and every digest shows it.

    All text is NFC and free of characters that XML 1.0 refuses; all URLs are absolute http(s);
    both times are aware and in UTC.
    """

    #: Path of its file below the site's folder, forward slashes: what a rewritten file keeps.
    source: str
    #: A `tag:` URI (RFC 4151), fixed at first ingest, the same in every format for ever.
    id: str
    url: str
    #: Plain text, never empty.
    title: str
    published: datetime
    #: Moves only when `digest_of_content` does.
    updated: datetime
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    #: Names only. Addresses are never published (STANDARDS 27).
    authors: tuple[str, ...] = ()
    #: BCP 47, such as `zh-CN`.
    language: str = "en"
    image: Image | None = None
    #: What it brings to listen to or to watch.
    episode: Episode | None = None
    #: The body, sanitised for feeds; its links and images are absolute.
    html: str = ""
    #: One paragraph of plain text: the author's excerpt, or the beginning of the body.
    summary: str = ""
    #: What was put right in it, in a sentence: whoever got it by mail is told in the next edition.
    correction: str = ""

    @property
    def content_hash(self) -> str:
        """A name for everything readers see: it changes exactly when that does (64 hex bits)."""
        seen = [
            self.url,
            self.title,
            self.published.isoformat(),
            self.categories,
            self.tags,
            self.authors,
            self.language,
            astuple(self.image) if self.image else None,
            self.episode.to_record() if self.episode else None,
            self.summary,
        ]
        return hashlib.sha256(_two_parts(seen, self.html).encode()).hexdigest()[:16]

    def dumps(self) -> str:
        """The post as the store keeps it, a line of JSON and its HTML; `loads` gives it back."""
        record: dict[str, Any] = {name: getattr(self, name) for name in _HEAD}
        record["published"] = self.published.isoformat()
        record["updated"] = self.updated.isoformat()
        record["image"] = astuple(self.image) if self.image else None
        record["episode"] = self.episode.to_record() if self.episode else None
        return _two_parts(record, self.html)

    @classmethod
    def loads(cls, text: str) -> Post:
        """The post that `dumps` wrote."""
        head, _, html = text.partition("\n")
        record = json.loads(head)
        for name in ("categories", "tags", "authors"):
            record[name] = tuple(record[name])
        for name in ("published", "updated"):
            record[name] = datetime.fromisoformat(record[name]).astimezone(UTC)
        record["image"] = Image(*record["image"]) if record["image"] else None
        record["episode"] = Episode.from_record(record["episode"]) if record["episode"] else None
        return cls(html=html, **record)

    def with_history(self, post_id: str, updated: datetime) -> Post:
        """The same post under the id and the update time that the store remembers."""
        return replace(self, id=post_id, updated=updated)


#: All of a post but its HTML, which is most of it and is kept as it is.
_HEAD = tuple(name for name in Post.__slots__ if name != "html")


def _two_parts(head: object, html: str) -> str:
    """One text of both, and no other two parts give the same: JSON has no line ends of its own."""
    return json.dumps(head, ensure_ascii=False, separators=(",", ":")) + "\n" + html


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file: a post or none, and what was wrong."""

    source: str
    #: None: the file gives no post (unpublished, not due yet, or beyond repair).
    post: Post | None = None
    problems: tuple[Problem, ...] = field(default=())
    #: Why its author holds it back, though nothing is wrong; empty where that is not known.
    held: str = ""
    #: The post was there before its source was: whatever the sync, nobody is mailed it.
    archive: bool = False
