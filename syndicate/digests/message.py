"""An edition as a message template: all bytes made once, with slots for what is personal.

A base64 body is cut at the slots. Blanks before a slot (within an HTML tag, or at the end of a line
of text) let it begin on a base64 line of its own, and blanks after its value fill its last line, so
filling one in touches nothing around it. No line begins with a dot: SMTP has nothing to stuff.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from binascii import b2a_base64
from dataclasses import dataclass
from email.utils import format_datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from syndicate.digests import headers, slots
from syndicate.errors import MessageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from syndicate.digests.model import Composed

#: Hex digits of a Message-ID: 128 bits.
_ID_DIGITS = 32
#: base64 characters of a line (RFC 2045 §6.8).
_LINE = 76
_MARKER_LINE = re.compile(rf"^{re.escape(slots.UNSUBSCRIBE_URL)}$", re.MULTILINE)
_URL = re.compile(r"https?://[!#-;=?-~]+")
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")


class Slot(StrEnum):
    """What stands between two segments of a template."""

    TO = "to"
    MESSAGE_ID = "message-id"
    LIST_UNSUBSCRIBE = "list-unsubscribe"
    TEXT_LINK = "text-link"
    HTML_LINK = "html-link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """What a message says of itself, the same for every reader."""

    #: `user@host` or `Name <user@host>`.
    sender: str
    reply_to: str = ""
    #: When the edition was cut, aware: a retry has the same Date.
    date: datetime
    #: See `list_id`. The name is what readers call the list.
    list_id: str
    list_name: str
    #: Page of the list's editions; empty for none.
    archive_url: str = ""
    #: At most four colon-separated names, nothing personal (STANDARDS 80).
    feedback_id: str
    #: Names the mailing; the boundary is derived from it.
    seed: str


@dataclass(frozen=True, slots=True)
class Personal:
    """What differs from reader to reader."""

    to_address: str
    #: With its angle brackets, from `message_id`.
    message_id: str
    #: Absolute; its POST takes one click (RFC 8058).
    unsubscribe_url: str


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A message with gaps: a segment before each slot, and one after the last."""

    segments: tuple[bytes, ...]
    slots: tuple[Slot, ...]

    def fill(self, personal: Personal) -> bytes:
        """One reader's message, the final bytes: CRLF, 7 bit, ready for DATA but for its end.

        Raises:
            AddressError: mail can't be sent to this address; it alone fails.
            MessageError: the URL is longer than a slot, or the id or URL is malformed.
        """
        url = personal.unsubscribe_url
        if not _URL.fullmatch(url):
            raise MessageError(f"the unsubscribe URL {url!r} must be http(s) and plain ASCII")
        if not _MESSAGE_ID.fullmatch(personal.message_id):
            raise MessageError(f"{personal.message_id!r} is no Message-ID such as <id@host>")
        values = {
            Slot.TO: headers.ascii_address(personal.to_address).encode(),
            Slot.MESSAGE_ID: personal.message_id.encode(),
            Slot.LIST_UNSUBSCRIBE: url.encode(),
            Slot.TEXT_LINK: _encode_slot(url),
            Slot.HTML_LINK: _encode_slot('href="' + url.replace("&", "&amp;") + '"'),
        }
        parts = [b""] * (len(self.segments) + len(self.slots))
        parts[::2] = self.segments
        parts[1::2] = [values[slot] for slot in self.slots]
        return b"".join(parts)

    def dumps(self) -> bytes:
        """The template as Redis keeps it: a line of JSON that tells the lengths, then segments."""
        index = [list(self.slots), [len(segment) for segment in self.segments]]
        return json.dumps(index).encode() + b"\n" + b"".join(self.segments)

    @classmethod
    def loads(cls, data: bytes) -> MessageTemplate:
        """The template that `dumps` wrote.

        Raises:
            MessageError: it isn't one, or not a whole one.
        """
        index, _, rest = data.partition(b"\n")
        try:
            names, lengths = json.loads(index)
            found = tuple(Slot(name) for name in names)
            segments = tuple(_slices(rest, lengths))
        except (ValueError, TypeError) as error:
            raise MessageError("these bytes are no message template") from error
        if sum(lengths) != len(rest) or len(segments) != len(found) + 1:
            raise MessageError(f"a message template of {len(rest)} bytes should be {sum(lengths)}")
        return cls(segments, found)


def message_id(key: bytes, mailing: int, subscriber: int, domain: str) -> str:
    """The Message-ID of one delivery, always the same, and no hint at whose it is."""
    digest = hmac.digest(key, f"message-id:{mailing}:{subscriber}".encode(), hashlib.sha256)
    return f"<{digest.hex()[:_ID_DIGITS]}@{domain}>"


def list_id(category: str, domain: str) -> str:
    """A List-Id for a category: stable, and one for each of `TechWeb` and `Techweb` (RFC 2919).

    List-Ids are compared without regard to case, hence the hash.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", category.lower()).strip("-")[:40].strip("-")
    mark = hashlib.sha256(category.encode()).hexdigest()[:8]
    return f"{slug}-{mark}.{domain}".removeprefix("-")


def build(composed: Composed, envelope: Headers) -> MessageTemplate:
    """The template of an edition's message.

    Raises:
        MessageError: a header is unsafe or malformed, the date is naive, or a body has no marker.
    """
    pieces: list[bytes | Slot] = [*_header(composed.subject, envelope)]
    boundary = "=_" + hashlib.sha256(envelope.seed.encode()).hexdigest()[:_ID_DIGITS]
    pieces.append(
        b"MIME-Version: 1.0\r\n"
        b'Content-Type: multipart/alternative;\r\n boundary="%s"\r\n' % boundary.encode()
    )
    for kind, body in (
        ("plain", _cut_text(composed.text)),
        ("html", _cut_html(composed.html)),
    ):
        pieces.append(
            f"\r\n--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n".encode()
        )
        pieces.extend(body)
    pieces.append(f"\r\n--{boundary}--\r\n".encode())
    return _template(pieces)


def _header(subject: str, envelope: Headers) -> Iterator[bytes | Slot]:
    """The fields in the order of STANDARDS §2, MIME's apart."""
    if envelope.date.utcoffset() is None:
        raise MessageError("a message's date must have a zone")
    yield headers.raw("Date", format_datetime(envelope.date))
    yield headers.mailbox("From", envelope.sender)
    yield from (b"To: <", Slot.TO, b">\r\n")
    if envelope.reply_to:
        yield headers.mailbox("Reply-To", envelope.reply_to)
    yield headers.unstructured("Subject", subject)
    yield from (b"Message-ID: ", Slot.MESSAGE_ID, b"\r\n")
    yield headers.phrase("List-Id", envelope.list_name, envelope.list_id)
    yield from (b"List-Unsubscribe: <", Slot.LIST_UNSUBSCRIBE, b">\r\n")
    yield headers.raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    if envelope.archive_url:
        yield headers.raw("List-Archive", f"<{envelope.archive_url}>")
    yield headers.raw("List-Post", "NO")
    yield headers.raw("Precedence", "bulk")
    yield headers.raw("Auto-Submitted", "auto-generated")
    yield headers.raw("Feedback-ID", envelope.feedback_id)


def _template(pieces: list[bytes | Slot]) -> MessageTemplate:
    """Neighbouring bytes become one segment."""
    segments, found = [b""], []
    for piece in pieces:
        if isinstance(piece, Slot):
            found.append(piece)
            segments.append(b"")
        else:
            segments[-1] += piece
    return MessageTemplate(tuple(segments), tuple(found))


def _cut_html(html: str) -> Iterator[bytes | Slot]:
    chunks = html.split(slots.UNSUBSCRIBE_HREF)
    return _cut_body([_octets(chunk) for chunk in chunks], Slot.HTML_LINK)


def _cut_text(text: str) -> Iterator[bytes | Slot]:
    """The marker is a whole line; the blanks go to the end of the line before it."""
    return _cut_body([_octets(chunk) for chunk in _MARKER_LINE.split(text)], Slot.TEXT_LINK)


def _octets(text: str) -> bytes:
    """UTF-8 with line ends as MIME wants them in text (RFC 2046 §4.1.1)."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode()


def _cut_body(chunks: list[bytes], slot: Slot) -> Iterator[bytes | Slot]:
    if len(chunks) == 1:
        raise MessageError(f"a body has no unsubscribe link: {slots.UNSUBSCRIBE_URL} is missing")
    for chunk in chunks[:-1]:
        head, end = (chunk[:-2], b"\r\n") if chunk.endswith(b"\r\n") else (chunk, b"")
        blanks = b" " * (-len(chunk) % slots.LINE_BYTES)
        yield _base64(head + blanks + end)
        yield slot
    yield _base64(chunks[-1])


def _base64(octets: bytes) -> bytes:
    """Lines of 76 characters, each ended by CRLF."""
    code = b2a_base64(octets, newline=False)
    return b"".join(code[n : n + _LINE] + b"\r\n" for n in range(0, len(code), _LINE))


def _encode_slot(value: str) -> bytes:
    octets = value.encode()
    if len(octets) > slots.SLOT_BYTES:
        raise MessageError(
            f"a personal link takes {len(octets)} bytes; at most {slots.SLOT_BYTES} have room: "
            "shorten the web app's URL"
        )
    return _base64(octets.ljust(slots.SLOT_BYTES))


def _slices(data: bytes, lengths: list[int]) -> Iterator[bytes]:
    start = 0
    for length in lengths:
        yield data[start : start + length]
        start += length
