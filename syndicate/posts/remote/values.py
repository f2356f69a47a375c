"""What feeds of every format write alike: texts, addresses, moments, files."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from mimetypes import guess_type
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syndicate.posts.html.links import absolute, uri
from syndicate.posts.matter.dates import YEARS
from syndicate.posts.matter.fields import without_address
from syndicate.posts.media.episode import Enclosure
from syndicate.posts.text import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Entries of a document that are taken, the first: each becomes a file.
MOST_ENTRIES = 10_000
#: Categories that an entry can have; more are spam.
_MOST_TERMS = 50
#: Authors that an entry can have.
_MOST_AUTHORS = 20
_PLAYABLE = ("audio/", "video/")
_PARAGRAPHS = re.compile(r"\n\s*\n")
#: Digits of a number of bytes or seconds.
_DIGITS = 15


def told(found: int, taken: int, entries: int) -> Iterator[str]:
    """What to say where of that many entries as many were looked at, and fewer made something."""
    if found > taken:
        yield f"of {found} entries the first {taken} were taken"
    if taken > entries:
        yield f"{taken - entries} entries have neither id nor address and were left out"


def web_address(written: object, base: str) -> str:
    """The absolute http(s) URL that is meant, or nothing."""
    found = absolute(clean(written), base) if isinstance(written, str) else ""
    return uri(found) if found.startswith("http") else ""


def text_of(written: object) -> str:
    """The text, fit for XML; numbers are their digits, anything else is nothing."""
    if isinstance(written, (int, float)) and not isinstance(written, bool):
        return str(written)
    return clean(written) if isinstance(written, str) else ""


def names(written: list[object]) -> tuple[str, ...]:
    """People by their names; addresses are never among them, nor in them."""
    found = (_named(one_line(text_of(name))) for name in written[:_MOST_AUTHORS])
    return tuple(dict.fromkeys(name for name in found if name))


def _named(name: str) -> str:
    """`Ann (ann@example.org)` is Ann; `@ann` stays."""
    words = without_address(name).split()
    return " ".join(word for word in words if "@" not in word.strip("@()<>[],;"))


def terms(written: list[object]) -> tuple[str, ...]:
    """Categories, each a line."""
    found = (one_line(text_of(term)) for term in written[:_MOST_TERMS])
    return tuple(dict.fromkeys(term for term in found if term))


def as_html(text: str) -> str:
    """Plain text as HTML: its paragraphs and lines."""
    parts = (part.strip() for part in _PARAGRAPHS.split(text))
    lines = (escape(part, quote=False).replace("\n", "<br>\n") for part in parts if part)
    return "\n".join(f"<p>{part}</p>" for part in lines)


def moment(seconds: float) -> datetime | None:
    """A Unix time as a moment; none if no post can be of that year."""
    try:
        found = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.year in YEARS else None


def whole(written: object) -> int | None:
    """A number that isn't negative; None if it is none."""
    text = text_of(written).strip().partition(".")[0]
    good = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    return int(text) if good else None


def enclosure(url: object, kind: object, length: object, base: str) -> Enclosure | None:
    """A file to listen to or to watch; None if it is of another kind."""
    address = web_address(url, base)
    media_type = one_line(text_of(kind)).lower() or guess_type(urlsplit(address).path)[0] or ""
    if not address or not media_type.startswith(_PLAYABLE):
        return None
    # Feeds write 0 where they don't know.
    return Enclosure(url=address, type=media_type, length=whole(length) or None)
