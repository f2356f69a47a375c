"""A message taken apart as its reader's program does, with what that program never shows."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import TYPE_CHECKING

import lxml.html
from lxml import etree

from syndicate.digests.lint.styles import Styles

if TYPE_CHECKING:
    from email.message import Message

_FOLD = re.compile(r"\r?\n[ \t]")


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the message: `text/plain`, `text/html`, …."""

    kind: str
    #: Empty where the message says nothing.
    charset: str
    #: Of its transfer, in lower case; `7bit` where the message says nothing.
    coding: str
    #: As they are sent, without their ends.
    lines: tuple[str, ...]
    #: Decoded; what can't be is U+FFFD.
    content: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What the rules look at."""

    #: Names in lower case, values unfolded, still encoded.
    fields: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    #: The last HTML part as a tree; None if there is none.
    tree: etree._Element | None
    styles: Styles

    @classmethod
    def of(cls, data: bytes) -> Letter:
        """The letter that these bytes are; broken ones too."""
        message = email.message_from_bytes(data, policy=email.policy.compat32)
        fields = tuple((name.lower(), _plain(raw)) for name, raw in message.raw_items())
        parts = tuple(_part(leaf) for leaf in message.walk() if not leaf.is_multipart())
        html = [part.content for part in parts if part.kind == "text/html"]
        tree = _tree(html[-1]) if html else None
        return cls(fields, parts, tree, Styles(tree))

    def raw(self, name: str) -> str | None:
        """A field's value as it is sent; None if there is none."""
        return next((value.strip() for known, value in self.fields if known == name), None)

    @property
    def subject(self) -> str:
        """The subject as it is shown."""
        raw = self.raw("subject") or ""
        try:
            return str(make_header(decode_header(raw)))
        except (HeaderParseError, LookupError, UnicodeError):
            return raw

    def content(self, kind: str) -> str:
        """What the last part of that kind says; empty if there is none."""
        return next((part.content for part in reversed(self.parts) if part.kind == kind), "")


def _tree(html: str) -> etree._Element | None:
    """The document; None if there is no element in it."""
    # As bytes: an encoding that it declares for itself is none of ours.
    parser = lxml.html.HTMLParser(encoding="utf-8")
    try:
        return lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser)
    except etree.ParserError:
        return None


def _plain(raw: str) -> str:
    """A field's value on one line; bytes that aren't ASCII are read as UTF-8."""
    octets = _FOLD.sub(" ", raw).encode("utf-8", "surrogateescape")
    return octets.decode("utf-8", "replace")


def _part(leaf: Message) -> Part:
    charset = str(leaf.get_content_charset() or "")
    octets, raw = leaf.get_payload(decode=True), leaf.get_payload()
    octets = octets if isinstance(octets, bytes) else b""
    try:
        content = octets.decode(charset or "us-ascii", "replace")
    except LookupError:
        content = octets.decode("latin-1")
    coding = str(leaf.get("Content-Transfer-Encoding", "7bit")).strip().lower()
    return Part(leaf.get_content_type(), charset, coding, tuple(str(raw).splitlines()), content)
