"""What a post is, and what can be wrong with its file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


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
    #: The body, sanitised for feeds; its links and images are absolute.
    html: str = ""
    #: One paragraph of plain text: the author's excerpt, or the beginning of the body.
    summary: str = ""

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
            [self.image.url, self.image.alt] if self.image else None,
            self.html,
            self.summary,
        ]
        text = json.dumps(seen, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """The post as the store keeps it; `from_json` gives back an equal one."""
        record: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        record["published"] = self.published.isoformat()
        record["updated"] = self.updated.isoformat()
        record["image"] = [self.image.url, self.image.alt] if self.image else None
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Post:
        """The post that `to_json` wrote."""
        record = json.loads(text)
        for name in ("categories", "tags", "authors"):
            record[name] = tuple(record[name])
        for name in ("published", "updated"):
            record[name] = datetime.fromisoformat(record[name]).astimezone(UTC)
        record["image"] = Image(*record["image"]) if record["image"] else None
        return cls(**record)

    def with_history(self, post_id: str, updated: datetime) -> Post:
        """The same post under the id and the update time that the store remembers."""
        return replace(self, id=post_id, updated=updated)


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file: a post or none, and what was wrong."""

    source: str
    #: None: the file gives no post (unpublished, not due yet, or beyond repair).
    post: Post | None = None
    problems: tuple[Problem, ...] = field(default=())
