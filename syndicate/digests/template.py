"""A message with gaps, made once for a mailing; filling one in costs microseconds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Self

from markupsafe import escape

from syndicate.digests import headers
from syndicate.digests.lines import folded
from syndicate.digests.merge import names, say
from syndicate.digests.slots import LONGEST_URL, Slot
from syndicate.digests.transfer import Coding, encode_value
from syndicate.errors import MessageError
from syndicate.settings.words import Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from syndicate.settings.words import Words

_URL = re.compile(r"https?://[!#-;=?-~]+")
_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")
# An enum's members are slow to get at, and this is done for each message.
_TO, _SUBJECT, _MESSAGE_ID, _LIST_UNSUBSCRIBE = list(Slot)[:4]
_TEXT_UNSUBSCRIBE, _HTML_UNSUBSCRIBE, _TEXT_PREFERENCES, _HTML_PREFERENCES = list(Slot)[4:8]
_TEXT_GREETING, _HTML_GREETING = list(Slot)[8:]


@dataclass(frozen=True, slots=True)
class Personal:
    """What differs from reader to reader."""

    to_address: str
    #: With its angle brackets, from `message_id`.
    message_id: str
    #: Absolute; its POST takes one click (RFC 8058).
    unsubscribe_url: str
    #: Absolute; the page where he sees and changes what he gets.
    preferences_url: str
    #: An address to which he may write to leave; empty for none.
    unsubscribe_mail: str = ""
    #: What is known of him, by the names of merge fields.
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """A segment before each slot, and one after the last."""

    segments: tuple[bytes, ...]
    slots: tuple[Slot, ...]
    #: How each part's values are encoded.
    text: Coding
    html: Coding
    #: Seconds since the epoch: what it is dated, and what expires counts from it.
    date: int = 0
    #: What is said in the slots of these names, if there are any.
    subject: Words = ()
    greeting: Words = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what it wants to know of each reader."""
        return names(self.subject, self.greeting)

    def dated(self, date: float) -> Self:
        """The same, but dated no earlier than that: inboxes sort by it.

        Seconds since the epoch. Its first field is its Date.
        """
        later = int(date)
        if later <= self.date:
            return self
        _, end, rest = self.segments[0].partition(b"\r\n")
        field = headers.raw("Date", format_datetime(datetime.fromtimestamp(later, UTC)))
        first = field.removesuffix(end) + end + rest
        return replace(self, segments=(first, *self.segments[1:]), date=later)

    def fill(self, personal: Personal) -> bytes:
        """One reader's message, the final bytes: CRLF, 7 bit, ready for DATA but for its end.

        Raises:
            AddressError: mail can't be sent to this address; it alone fails.
            MessageError: a URL or the id is malformed, or a URL too long.
        """
        return self.join(self.values(personal))

    def join(self, values: list[bytes]) -> bytes:
        """The message whose slots hold these values."""
        parts = [b""] * (len(self.segments) + len(self.slots))
        parts[::2] = self.segments
        parts[1::2] = values
        return b"".join(parts)

    def values(self, personal: Personal) -> list[bytes]:
        """What stands in each slot; raises what `fill` raises."""
        leave, choose = personal.unsubscribe_url, personal.preferences_url
        for url in (leave, choose):
            if len(url) > LONGEST_URL or not _URL.fullmatch(url):
                raise _wrong(url)
        if not _ID.fullmatch(personal.message_id):
            raise MessageError(f"{personal.message_id!r} is no Message-ID such as <id@host>")
        values = {
            _TO: headers.ascii_address(personal.to_address).encode(),
            _MESSAGE_ID: personal.message_id.encode(),
            _LIST_UNSUBSCRIBE: _ways_out(personal),
            _TEXT_UNSUBSCRIBE: encode_value(self.text, leave),
            _HTML_UNSUBSCRIBE: encode_value(self.html, _href(leave)),
            _TEXT_PREFERENCES: encode_value(self.text, choose),
            _HTML_PREFERENCES: encode_value(self.html, _href(choose)),
        }
        if self.subject:
            values[_SUBJECT] = headers.text_value("Subject", say(self.subject, personal.fields))
        if self.greeting:
            greeting = say(self.greeting, personal.fields)
            values[_TEXT_GREETING] = encode_value(self.text, folded(greeting).replace("\n", "\r\n"))
            values[_HTML_GREETING] = encode_value(self.html, str(escape(greeting)))
        return [values[slot] for slot in self.slots]

    def dumps(self) -> bytes:
        """The template as Redis keeps it: a line of JSON that tells the lengths, then segments."""
        index = {
            "lengths": [len(segment) for segment in self.segments],
            "slots": self.slots,
            "codings": [self.text, self.html],
            "date": self.date,
            "words": [self.subject, self.greeting],
        }
        return json.dumps(index).encode() + b"\n" + b"".join(self.segments)

    @classmethod
    def loads(cls, data: bytes) -> MessageTemplate:
        """The template that `dumps` wrote.

        Raises:
            MessageError: it isn't one, or not a whole one.
        """
        first, _, rest = data.partition(b"\n")
        try:
            index = json.loads(first)
            lengths = index["lengths"]
            text, html = map(Coding, index["codings"])
            date = int(index["date"])
            subject, greeting = map(_words, index["words"])
            found = tuple(map(Slot, index["slots"]))
            segments = tuple(_slices(rest, lengths))
        except (KeyError, TypeError, ValueError) as error:
            raise MessageError("these bytes are no message template") from error
        if sum(lengths) != len(rest) or len(segments) != len(found) + 1:
            raise MessageError(f"a message template of {len(rest)} bytes should be {sum(lengths)}")
        return cls(
            segments=segments,
            slots=found,
            text=text,
            html=html,
            date=date,
            subject=subject,
            greeting=greeting,
        )


def _ways_out(personal: Personal) -> bytes:
    """What stands between the brackets: one https URI; beside it RFC 8058 §3.1 allows a mailto."""
    mail = personal.unsubscribe_mail
    return (personal.unsubscribe_url + (f">, <mailto:{mail}" if mail else "")).encode()


def _wrong(url: str) -> MessageError:
    if len(url) > LONGEST_URL:
        return MessageError(
            f"a personal URL has {len(url)} characters; {LONGEST_URL} have room: shorten the web "
            "app's URL"
        )
    return MessageError(f"the personal URL {url!r} must be http(s) and plain ASCII")


def _href(url: str) -> str:
    return 'href="' + url.replace("&", "&amp;") + '"'


def _words(kept: list[str | list[str]]) -> Words:
    return tuple(word if isinstance(word, str) else Field(*word) for word in kept)


def _slices(data: bytes, lengths: list[int]) -> Iterator[bytes]:
    start = 0
    for length in lengths:
        yield data[start : start + length]
        start += length
