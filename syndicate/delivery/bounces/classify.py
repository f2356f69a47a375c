"""From the bytes of a mail that came back to what it says. Pure; any bytes have a verdict."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from syndicate.delivery.bounces import arf, autoresponse, dsn, plain
from syndicate.delivery.bounces.mime import ENCLOSED, Part, fields_of, read, unworded
from syndicate.delivery.bounces.model import Kind, Original, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What looks at a mail, the surest first. Reports say what they are; bounces in plain words have
#: some marks of machines' answers, and these some of theirs.
_LOOKS = (arf.look, dsn.look, autoresponse.look, plain.look, autoresponse.look_again)
#: Fields that tell to which address a mail was delivered, the surest first.
_DELIVERED_TO = (
    *("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to"),
    *("x-forwarded-to", "to", "cc"),
)
#: Addresses of a mail that are looked at: ours is among the first.
_ADDRESSES = 20
_BETWEEN = re.compile(r"[\s<>,;\"()]+")
_BLOCK = re.compile(r"\n[ \t]*\n")
_MESSAGE_ID = re.compile(r"<[^\s<>@]{1,200}@[^\s<>@]{1,200}>")


def classify(message: bytes) -> Verdict:
    """What a mail says, whoever sent it."""
    mail = read(message)
    found = next(filter(None, (look(mail) for look in _LOOKS)), Verdict(kind=Kind.UNKNOWN))
    header = _header_of_original(mail)
    sent_as = header.fields.get("return-path", ())
    addressed = (
        *_addresses(_fields(mail, _DELIVERED_TO)),
        *_addresses([*found.addressed, *sent_as]),
    )
    return replace(found, addressed=tuple(dict.fromkeys(addressed)), original=_original(header))


def _fields(mail: Part, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from mail.fields.get(name, ())


def _addresses(values: Iterable[str]) -> list[str]:
    words = (word for value in values for word in _BETWEEN.split(value) if "@" in word)
    return [word for _, word in zip(range(_ADDRESSES), words, strict=False)]


def _header_of_original(mail: Part) -> Part:
    """The header of the message that it is about: enclosed, or quoted in its text."""
    enclosed = [part.parts[0] for part in mail.walk() if part.type in ENCLOSED and part.parts]
    # Of a report about a report, the innermost is the message.
    for header in reversed(enclosed):
        if "message-id" in header.fields or "list-unsubscribe" in header.fields:
            return header
    for part in mail.leaves():
        for block in _BLOCK.split(part.text):
            if "message-id:" in block.lower():
                return Part(fields_of(block.strip().encode()), b"")
    return Part({}, b"")


def _original(header: Part) -> Original:
    found = _MESSAGE_ID.search(header.get("message-id"))
    return Original(
        message_id=found[0] if found else "",
        unsubscribe=header.get("list-unsubscribe"),
        feedback_id=unworded(header.get("feedback-id")),
        to=next(iter(_addresses([header.get("to")])), ""),
    )
