"""An edition as a message template: all bytes made once, with slots for what is personal."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from email.utils import format_datetime
from typing import TYPE_CHECKING

from markupsafe import escape

from syndicate.digests import headers, slots
from syndicate.digests.lines import folded
from syndicate.digests.merge import is_personal, say
from syndicate.digests.slots import Slot
from syndicate.digests.template import MessageTemplate
from syndicate.digests.transfer import Piece, choose, encode_segment
from syndicate.errors import MessageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from syndicate.digests.model import Composed
    from syndicate.digests.transfer import Coding

#: Hex digits of a Message-ID: 128 bits.
_ID_DIGITS = 32
_TEXT_LINK = re.compile(rf"^({'|'.join(map(re.escape, slots.TEXT_LINKS))})$", re.MULTILINE)
_HTML_LINK = re.compile(f"({'|'.join(map(re.escape, slots.HTML_LINKS))})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """What a message says of itself, the same for every reader."""

    #: `user@host` or `Name <user@host>`.
    sender: str
    reply_to: str = ""
    #: When it was ordered, aware: a retry has the same Date.
    date: datetime
    #: See `list_id`. The name is what readers call the list.
    list_id: str
    list_name: str
    #: Page that explains how to leave; empty for none.
    help_url: str = ""
    #: Page of the list's editions; empty for none.
    archive_url: str = ""
    #: At most four colon-separated names, nothing personal (STANDARDS 80).
    feedback_id: str
    #: Names the mailing; the boundary is derived from it.
    seed: str


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
    greeting = composed.greeting if is_personal(composed.greeting) else ()
    line = say(greeting, {})
    text = _cut(composed.text_pieces or (composed.text,), _TEXT_LINK, slots.TEXT_LINKS)
    html = _cut(composed.html_pieces or (composed.html,), _HTML_LINK, slots.HTML_LINKS)
    if greeting:
        text = _greet(text, folded(line), Slot.TEXT_GREETING)
        html = _greet(html, str(escape(line)), Slot.HTML_GREETING)
    header = _header(composed, envelope)
    return replace(
        assemble(header, envelope.seed, text, html, any_values=bool(greeting)),
        date=int(envelope.date.timestamp()),
        subject=composed.subject_words if is_personal(composed.subject_words) else (),
        greeting=greeting,
    )


def assemble(
    header: Iterable[bytes | Slot],
    seed: str,
    text: list[Piece | Slot],
    html: list[Piece | Slot],
    *,
    any_values: bool = False,
) -> MessageTemplate:
    """A message of these fields and parts; its boundary is derived from the seed.

    `any_values`: what is filled into the parts may be more than links.
    """
    codings = [_coding(pieces, any_values=any_values) for pieces in (text, html)]
    segments, found = _joined([*header, *_parts(seed, text, html, codings)])
    return MessageTemplate(segments=segments, slots=found, text=codings[0], html=codings[1])


def _header(composed: Composed, envelope: Headers) -> Iterator[bytes | Slot]:
    """The fields in the order of STANDARDS §2, MIME's apart."""
    if envelope.date.utcoffset() is None:
        raise MessageError("a message's date must have a zone")
    yield headers.raw("Date", format_datetime(envelope.date))
    yield headers.mailbox("From", envelope.sender)
    yield from (b"To: <", Slot.TO, b">\r\n")
    if envelope.reply_to:
        yield headers.mailbox("Reply-To", envelope.reply_to)
    if is_personal(composed.subject_words):
        yield from (b"Subject:", Slot.SUBJECT, b"\r\n")
    else:
        yield headers.unstructured("Subject", composed.subject)
    yield from (b"Message-ID: ", Slot.MESSAGE_ID, b"\r\n")
    yield headers.phrase("List-Id", envelope.list_name, envelope.list_id)
    yield from (b"List-Unsubscribe: <", Slot.LIST_UNSUBSCRIBE, b">\r\n")
    yield headers.raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    if envelope.help_url:
        yield headers.raw("List-Help", f"<{envelope.help_url}>")
    if envelope.archive_url:
        yield headers.raw("List-Archive", f"<{envelope.archive_url}>")
    yield headers.raw("List-Post", "NO")
    yield headers.raw("Precedence", "bulk")
    yield headers.raw("Auto-Submitted", "auto-generated")
    yield headers.raw("Feedback-ID", envelope.feedback_id)


def _parts(
    seed: str,
    text: list[Piece | Slot],
    html: list[Piece | Slot],
    codings: list[Coding],
) -> Iterator[bytes | Slot]:
    """MIME's fields, and both parts."""
    boundary = "=_" + hashlib.sha256(seed.encode()).hexdigest()[:_ID_DIGITS]
    yield (
        b"MIME-Version: 1.0\r\n"
        b'Content-Type: multipart/alternative;\r\n boundary="%s"\r\n' % boundary.encode()
    )
    for kind, pieces, coding in zip(("plain", "html"), (text, html), codings, strict=True):
        yield (
            f"\r\n--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: {coding}\r\n\r\n".encode()
        )
        yield from _encoded(pieces, coding)
    yield f"\r\n--{boundary}--\r\n".encode()


def _cut(
    body: Sequence[str], marker: re.Pattern[str], links: Mapping[str, Slot]
) -> list[Piece | Slot]:
    """The body's own text with slots between."""
    pieces: list[Piece | Slot] = []
    for piece in body:
        if isinstance(piece, Piece):
            # Others have it too, so nothing in it is anybody's own.
            pieces.append(piece)
            continue
        own = marker.split(piece)
        pieces += [links[part] if place % 2 else Piece(part) for place, part in enumerate(own)]
    if slots.WAYS_OUT.isdisjoint(pieces):
        raise MessageError(f"a body has no unsubscribe link: {slots.UNSUBSCRIBE_URL} is missing")
    return pieces


def _greet(pieces: list[Piece | Slot], line: str, slot: Slot) -> list[Piece | Slot]:
    """The first line that is the greeting becomes a slot: posts, which may say the same, follow."""
    whole_line = re.compile(rf"^{re.escape(line)}$", re.MULTILINE)
    for place, piece in enumerate(pieces):
        found = None if isinstance(piece, Slot) else whole_line.search(piece)
        if found:
            before, after = piece[: found.start()], piece[found.end() :]
            return [*pieces[:place], Piece(before), slot, Piece(after), *pieces[place + 1 :]]
    raise MessageError(f"a body has no line that is the greeting {line!r}")


def _coding(pieces: list[Piece | Slot], *, any_values: bool) -> Coding:
    own = [piece for piece in pieces if isinstance(piece, Piece)]
    return choose(own, any_values=any_values)


def _encoded(pieces: list[Piece | Slot], coding: Coding) -> Iterator[bytes | Slot]:
    segment: list[Piece] = []
    first = True
    for piece in pieces:
        if isinstance(piece, Slot):
            yield encode_segment(coding, segment, first=first, last=False)
            yield piece
            segment, first = [], False
        else:
            segment.append(piece)
    yield encode_segment(coding, segment, first=first, last=True)


def _joined(pieces: list[bytes | Slot]) -> tuple[tuple[bytes, ...], tuple[Slot, ...]]:
    """Segments and the slots between; neighbouring bytes become one segment."""
    segments: list[list[bytes]] = [[]]
    found = []
    for piece in pieces:
        if isinstance(piece, Slot):
            found.append(piece)
            segments.append([])
        else:
            segments[-1].append(piece)
    return tuple(map(b"".join, segments)), tuple(found)
