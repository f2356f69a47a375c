"""Where in a document its entries stand, as bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.feeds.model import Format

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the entries of one format, as our writers lay it out."""

    #: The end of what stands before the first entry of a document that has nothing but entries; it
    #: is nowhere there before.
    opening: bytes
    #: The end of an entry with what stands between it and the next: it is in no text of theirs, for
    #: that is escaped.
    end: bytes
    between: bytes
    #: All that stands behind the last.
    closing: bytes

    def entries(self, document: bytes) -> list[bytes]:
        """The entries of a document that has one at least, and nothing but them."""
        start = document.index(self.opening) + len(self.opening)
        inside = document[start : -len(self.closing)]
        *others, last = inside.split(self.end + self.between)
        return [*(other + self.end for other in others), last]

    def filled(self, bare: bytes, entries: Iterable[bytes]) -> bytes:
        """A document without entries, with these entries."""
        parts, before = [bare[: -len(self.closing)]], b"\n"
        for entry in entries:
            parts += (before, entry)
            before = self.between
        return b"".join((*parts, self.closing))


FRAMES = {
    Format.RSS: Frame(b"<channel>\n", b"</item>", b"\n", b"\n  </channel>\n</rss>\n"),
    Format.ATOM: Frame(b">\n", b"</entry>", b"\n", b"\n</feed>\n"),
    Format.JSON: Frame(b"[\n", b"}", b",\n", b"\n]}\n"),
}
