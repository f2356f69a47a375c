"""What a request asks for: which encoding, and whether its sender has the document already."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

#: An entity-tag's opaque part, RFC 9110 §8.8.3. What `W/` stands before it or not, weak
#: comparison doesn't see.
_TAG = re.compile(rb'"[\x21\x23-\x7e\x80-\xff]*"')
#: One of the codings of Accept-Encoding with its weight, RFC 9110 §12.5.3 and §12.4.2.
_CODING = re.compile(
    rb"[ \t]*(?P<name>[!#$%&'*+.^_`|~0-9a-z-]+)[ \t]*"
    rb"(?:;[ \t]*q=(?P<weight>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*)?"
)
#: Values of Accept-Encoding that a process knows without reading them again; browsers and feed
#: readers together have a few dozen.
_KNOWN = 256
#: Bytes of Accept-Encoding that are read: an honest one has less than a tenth of it.
_LONGEST = 500


class Wish(NamedTuple):
    """What the headers of a request say of what it wants; each empty if there is none."""

    #: If-None-Match: several headers are one list.
    tags: bytes
    #: If-Modified-Since.
    since: bytes
    #: Accept-Encoding.
    encodings: bytes


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a file, as its validators tell it from all others.

    `feeds.files` moves a file's time by a second at least whenever its content changes, and a
    compressed sibling is shorter than its document: time and length are a strong validator
    (RFC 9110 §8.8.1), and the one that nginx makes, so that who is sent from one to the other has
    what he had.
    """

    #: When the content changed, in seconds since 1970: HTTP knows no less.
    modified: int
    etag: bytes
    #: As a header has it.
    last_modified: bytes

    @classmethod
    def of(cls, mtime_ns: int, size: int, now: float) -> Version:
        """The version of a file of that time and length, in bytes.

        A clock set back must not make a document come from the future (RFC 9110 §8.8.2.1).
        """
        modified = mtime_ns // 1_000_000_000
        date = formatdate(min(modified, now), usegmt=True)
        return cls(modified, b'"%x-%x"' % (modified, size), date.encode())


def wish(headers: Iterable[tuple[bytes, bytes]]) -> Wish:
    """What those headers say, their names in lower case as ASGI has them."""
    tags = since = encodings = b""
    for name, value in headers:
        if name == b"if-none-match":
            # A header that is there and empty is a list of none.
            tags = tags + b"," + value if tags else value or b","
        elif name == b"if-modified-since":
            since = value
        elif name == b"accept-encoding":
            encodings = encodings + b"," + value if encodings else value
    return Wish(tags, since, encodings)


def unchanged(asked: Wish, version: Version) -> bool:
    """Whether the client has this version: If-None-Match says, or else If-Modified-Since.

    RFC 9110 §13.2.2 gives the order, §13.1.2 weak comparison, §13.1.3 that a date which is none
    counts for nothing.
    """
    if asked.tags:
        # Most clients send the one tag that they got.
        if asked.tags == version.etag:
            return True
        return asked.tags.strip() == b"*" or version.etag in _TAG.findall(asked.tags)
    if asked.since:
        since = _seconds(asked.since)
        return since is not None and version.modified <= since
    return False


def _seconds(http_date: bytes) -> float | None:
    """Seconds since 1970, from any of the three forms of RFC 9110 §5.6.7."""
    try:
        date = parsedate_to_datetime(http_date.decode("latin-1"))
        # asctime's form names no zone and means UTC.
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def accepts_gzip(encodings: bytes) -> bool:
    """Whether Accept-Encoding takes gzip, and no less gladly than the document as it is.

    What can't be read counts for nothing; who names nothing gets the document as it is.
    """
    return _accepts_gzip(encodings[:_LONGEST])


@lru_cache(_KNOWN)
def _accepts_gzip(encodings: bytes) -> bool:
    matches = map(_CODING.fullmatch, encodings.lower().split(b","))
    weights = {match["name"]: float(match["weight"] or 1) for match in matches if match}
    # RFC 9110 §8.4.1.3 has `x-gzip` mean the same.
    gzip = weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", 0)))
    return gzip > 0 and gzip >= weights.get(b"identity", 0)
